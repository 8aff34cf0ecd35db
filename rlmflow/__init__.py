"""rlmflow: a language and compiler for recursive language models."""

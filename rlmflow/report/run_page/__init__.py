"""A run as a page of HTML: what it left in its folder, read, drawn and written."""

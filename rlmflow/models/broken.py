"""What went wrong with a connection, in our words."""

from __future__ import annotations

import errno

import aiohttp
from yarl import URL

from rlmflow.models._protocol import ModelFailure

_NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


def broken(error: Exception, url: URL) -> ModelFailure:
    """The failure that an exception of aiohttp or the system means for a call to `url`.

    `unreachable` where no connection was made: then nothing was sent, and nothing is owed.
    """
    at = str(url.host_port_subcomponent)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return _unreachable(f"no machine is named {url.host}")
        case aiohttp.ClientConnectorCertificateError():
            return _unreachable(f"the certificate of {at} is not trusted", again=False)
        case aiohttp.ClientProxyConnectionError():
            return _unreachable(f"the proxy {error.host}:{error.port} can't be reached")
        case aiohttp.ClientHttpProxyError():
            return _unreachable(f"the proxy refuses a connection to {at} (HTTP {error.status})")
        case aiohttp.ClientSSLError():
            return _unreachable(f"{at} makes no secure connection (is it https?)")
        case aiohttp.ClientConnectorError():
            return _unreachable(_unconnected(error.errno, at))
        case aiohttp.ServerDisconnectedError():
            return _connection("the connection was closed before the reply came")
        case aiohttp.ClientPayloadError():
            return _connection("the connection broke off within the reply")
        case aiohttp.ClientResponseError():
            return _connection(f"what {at} answered is not HTTP")
        case aiohttp.InvalidURL():
            return ModelFailure("other", f"{url} is not a URL that can be asked", again=False)
        case OSError():
            return _connection("the connection was reset")
        case _:
            return _connection("the connection failed")


def _unconnected(number: int | None, at: str) -> str:
    if number == errno.ECONNREFUSED:
        return f"{at} refuses connections (is it running?)"
    if number in _NO_WAY:
        return f"there is no way to {at} from here"
    return f"no connection to {at} could be made"


def _unreachable(message: str, *, again: bool = True) -> ModelFailure:
    return ModelFailure("unreachable", message, again=again)


def _connection(message: str) -> ModelFailure:
    return ModelFailure("connection", message, again=True)

"""Escapes by sockets and by objects that processes share."""

from __future__ import annotations

import socket

from repl.escaping import escape
from repl.in_the_worker import libc


@escape()
def connect_over_tcp(there):
    socket.create_connection(("127.0.0.1", there.tcp), 2)


@escape(also=("URLError",))
def fetch_a_page(there):
    import urllib.request

    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{there.tcp}", timeout=2)
    except ConnectionError as error:
        return error


@escape()
def connect_with_asyncio(there):
    import asyncio

    async def connect():
        await asyncio.open_connection("127.0.0.1", there.tcp)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(connect())
    finally:
        loop.close()


@escape()
def send_over_udp(there):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", there.udp))


@escape()
def connect_to_a_unix_socket(there):
    socket.socket(socket.AF_UNIX).connect(there.unix)


@escape()
def connect_to_an_abstract_socket(there):
    socket.socket(socket.AF_UNIX).connect(f"\0{there.abstract}")


@escape()
def send_from_one_of_a_pair(there):
    mine, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.sendto(b"x", there.unix_datagrams)


@escape(reaching=True)
def listen_over_tcp(there):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        return server.getsockname()


@escape(reaching=True)
def open_a_netlink_socket(there):
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)


@escape(reaching=True)
def open_a_raw_socket(there):
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)


@escape(reaching=True)
def open_a_packet_socket(there):
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


@escape(reaching=True)
def open_a_crypto_socket(there):
    try:
        return socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET, 0)
    except PermissionError:
        raise
    except OSError as error:
        return error


@escape(reaching=True)
def make_system_v_memory(there):
    made = libc("shmget", 0, 4096, 0o1600)
    return libc("shmctl", made, 0, None)


@escape(reaching=True)
def make_a_system_v_queue(there):
    made = libc("msgget", 0, 0o1600)
    return libc("msgctl", made, 0, None)


@escape(reaching=True)
def make_a_system_v_semaphore(there):
    made = libc("semget", 0, 1, 0o1600)
    return libc("semctl", made, 0, 0)


@escape(reaching=True)
def open_a_message_queue(there):
    import os

    libc("mq_open", b"/escape", os.O_CREAT | os.O_RDWR, 0o600, None)
    return libc("mq_unlink", b"/escape")

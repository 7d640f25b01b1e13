# correct: yes
# speed: pass
# One thread, and coroutines that wait: a bare client on asyncio streams.

import asyncio
from urllib.parse import urlsplit


async def fetch(url, free):
    parts = urlsplit(url)
    async with free:
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            return None
        try:
            request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            return body if b" 200 " in head.split(b"\r\n")[0] else None
        except (OSError, asyncio.IncompleteReadError):
            return None
        finally:
            writer.close()


async def fetch_some(urls, workers):
    free = asyncio.Semaphore(workers)
    return list(await asyncio.gather(*(fetch(url, free) for url in urls)))


def fetch_all(urls, workers):
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return asyncio.run(fetch_some(urls, workers))

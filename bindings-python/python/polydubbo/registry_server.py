"""The registry that comes with the package: nothing to install, nothing to start."""

from __future__ import annotations

from types import TracebackType

from . import _lifecycle, _native


class RegistryServer:
    """Dubbo's simple registry, kept in memory and served by this process.

    It serves references and servers of PolyDubbo in all languages, and those of Dubbo 2.7 (Dubbo 3 has no client for
    it)::

        with pd.RegistryServer(port=0) as registry:
            server = pd.SyncServer(registry=registry.url)

    A client's entries end with its connection. When the registry restarts, clients publish again; while it is away they
    go on with the providers that they know. It may be used with and without an event loop.

    Args:
        host: IP address to listen on. The default, ``127.0.0.1``, cannot be reached from other machines; ``0.0.0.0`` can,
            by everybody: there is no access control.
        port: where to listen; 0 takes a free port.

    Raises:
        InvalidArgumentError: ``host`` is no IP address.
        NetworkError: the address cannot be listened on.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 9090) -> None:
        _lifecycle.ensure()
        self._native = _native.RegistryServer(host, port)
        self._closed = False

    def __enter__(self) -> RegistryServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port in use."""
        return self._native.port

    @property
    def url(self) -> str:
        """The ``registry`` setting of references and servers on this machine, ``dubbo://host:port``."""
        return self._native.url

    def close(self) -> None:
        """Stops listening and disconnects all clients; takes a second at most. Idempotent."""
        if not self._closed:
            self._closed = True
            self._native.close_blocking()

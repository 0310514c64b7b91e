"""Apache Dubbo for Python: call Java services and serve them, over the dubbo protocol.

``import polydubbo as pd``; then :mod:`polydubbo.aio` for asyncio, :mod:`polydubbo.sync` for blocking calls,
:class:`Server` and :class:`Service` to serve. Nothing starts at import.
"""

from __future__ import annotations

from . import _native, aio, errors, sync, types
from ._registry import field, java_class, java_enum, java_exception
from ._run import run
from ._schema import Interface, method
from .context import RpcContext, attach, context
from .errors import *  # noqa: F403
from .registry_server import RegistryServer
from .server import Callback, DynamicService, Server, Service, SyncServer
from .types import *  # noqa: F403

__version__: str = _native.__version__

__all__ = [
    "Interface",
    "RpcContext",
    "aio",
    "attach",
    "context",
    "errors",
    "field",
    "java_class",
    "java_enum",
    "java_exception",
    "method",
    "sync",
    "types",
    "Callback",
    "DynamicService",
    "RegistryServer",
    "Server",
    "Service",
    "SyncServer",
    "run",
    *errors.__all__,
    *types.__all__,
]

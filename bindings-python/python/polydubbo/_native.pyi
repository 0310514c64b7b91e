from typing import Any, Callable, Literal

__version__: str

class ClassSpec:
    def __new__(
        cls,
        java_name: str,
        cls_: type,
        kind: Literal["bean", "enum", "throwable"] | str,
        fields: list[tuple[str, str, str, Any, Any]],
        *,
        strict: bool = ...,
        post_init: bool = ...,
        construct: Callable[..., Any] | None = ...,
    ) -> ClassSpec: ...

class Method:
    def __new__(cls, name: str, descriptor: str, params: list[str], returns: str) -> Method: ...
    @property
    def name(self) -> str: ...
    @property
    def descriptor(self) -> str: ...

def encode(*values: Any, java_types: list[str] | None = ..., profile: str = ...) -> bytes: ...
def decode(body: bytes, *, lossless: bool = ...) -> list[Any]: ...
def forget_mappings() -> None: ...

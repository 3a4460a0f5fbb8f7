"""AWS's service model, from the installed botocore.

botocore is a development dependency: only the schema generator and `opvalidate schema drift` need it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "partnercentral-selling"
API_VERSION = "2022-07-26"


class ModelError(Exception):
    """The service model is missing, or cannot be converted into schemas."""


class ServiceModel(NamedTuple):
    """The shapes of the service's requests and responses, and their source.

    `inputs` has the shape of each operation's request.
    """

    service: str
    api_version: str
    botocore: str
    shapes: dict[str, Any]
    inputs: Mapping[str, str] = MappingProxyType({})


def load_model() -> ServiceModel:
    """Read the model from the installed botocore; ModelError if it is missing or unreadable."""
    import gzip
    import json
    from importlib.resources import files

    try:
        import botocore
    except ImportError as error:
        raise ModelError("botocore is not installed: pip install botocore") from error
    version: str = botocore.__version__
    path = files(botocore) / "data" / SERVICE / API_VERSION / "service-2.json.gz"
    try:
        stored = json.loads(gzip.decompress(path.read_bytes()))
        shapes = stored["shapes"]
        inputs = {name: one["input"]["shape"] for name, one in stored["operations"].items() if "input" in one}
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise ModelError(
            f"botocore {version} has no readable model of {SERVICE} {API_VERSION}: install a current botocore"
        ) from error
    return ServiceModel(SERVICE, API_VERSION, version, shapes, inputs)

"""`opvalidate.serve:app`: the HTTP service as an ASGI application. Needs the extra `serve`; docs/serve.md."""

from opvalidate.integrations.serve.app import make_app
from opvalidate.integrations.serve.guard import Limits

__all__ = ["Limits", "app", "make_app"]

app = make_app()

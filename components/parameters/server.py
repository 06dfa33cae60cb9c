"""How a server is addressed: its shape, the URL of each call, and the headers' names. No value here is a secret.

Source of Azure's two shapes: the class `AzureOpenAI` of the openai package, and the API reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

OPENAI_BASE_URL = "https://api.openai.com/v1"

Shape = Literal["openai", "azure", "azure-deployments"]
SHAPES: Mapping[str, str] = {
    "openai": "OpenAI or compatible",
    "azure": "Azure OpenAI, v1",
    "azure-deployments": "Azure OpenAI, deployments",
}
NEWEST_API_VERSION = "2025-04-01-preview"  # the example for people; the field itself has no default

# The deployments surface names the deployment in the path of these calls, and of no others.
_NAMES_DEPLOYMENT = frozenset({"/images/generations", "/images/edits", "/chat/completions"})
_AZURE_PATH = re.compile(r"/openai(?:/v1|/deployments/(?P<deployment>[^/]+)(?:/.*)?|/)?/?$")
_API_VERSION = "api-version"


@dataclass(frozen=True)
class Server:
    """One server's address.

    `base_url` of Azure may be the bare endpoint or any address below it, such as the target URI that Azure's portal
    shows. `header_names` and `query_names` are what else every request carries. `model_names` are pairs: the name that
    the server has for a model (Azure's deployment), and the model that it stands for.
    """

    base_url: str = OPENAI_BASE_URL
    shape: Shape = "openai"
    api_version: str = ""
    header_names: tuple[str, ...] = ()
    query_names: tuple[str, ...] = ()
    model_names: tuple[tuple[str, str], ...] = ()

    @property
    def is_azure(self) -> bool:
        """Return whether the key goes into `api-key` and the path follows Azure's rules."""
        return self.shape != "openai"

    @property
    def key_header(self) -> tuple[str, str]:
        """Return the header that carries the key, and what stands before the key in it."""
        return ("api-key", "") if self.is_azure else ("Authorization", "Bearer ")

    @property
    def replaces_key(self) -> bool:
        """Return whether a further header stands in the place of the one that carries the key."""
        return self.key_header[0].lower() in {one.lower() for one in self.header_names}

    @property
    def key_variable(self) -> str:
        """Return the environment variable that the official packages read the key from."""
        return "AZURE_OPENAI_API_KEY" if self.is_azure else "OPENAI_API_KEY"

    @property
    def version(self) -> str:
        """Return Azure's API version: the one that was set, else the one in the base URL's query, else an empty
        string.
        """
        return self.api_version or dict(parse_qsl(urlsplit(self.base_url).query)).get(_API_VERSION, "")

    @property
    def root(self) -> str:
        """Return the URL that the paths are appended to, without its query. For Azure's deployments: `…/openai`."""
        scheme, host, path, _, _ = urlsplit(self.base_url)
        path = path.rstrip("/")
        if self.is_azure:
            path = _AZURE_PATH.sub("", path) + ("/openai/v1" if self.shape == "azure" else "/openai")
        return urlunsplit((scheme, host, path, "", ""))

    def name_of(self, model: str) -> str:
        """Return the name that the server has for a model: a name from the list, else the model's own."""
        for name, stands_for in self.model_names:
            if stands_for == model:
                return name
        if self.shape == "azure-deployments" and not self.model_names:
            found = _AZURE_PATH.search(self.base_url.partition("?")[0])
            return (found and found["deployment"]) or model
        return model

    def url(self, path: str, name: str = "", query: Iterable[tuple[str, str]] = ()) -> str:
        """Return the URL of an endpoint, for example `/images/edits`, for a model by its name on the server.

        `query` comes after the base URL's own query, Azure's API version last.
        """
        own, more = urlsplit(self.base_url).query, list(query)
        if self.is_azure:
            more = [pair for pair in parse_qsl(own, keep_blank_values=True) if pair[0] != _API_VERSION] + more
            own = ""
            more += [(_API_VERSION, self.version)] if self.version else []
        path = "/" + path.lstrip("/")
        if self.shape == "azure-deployments" and name and path in _NAMES_DEPLOYMENT:
            path = f"/deployments/{quote(name, safe='')}{path}"
        text = "&".join(part for part in (own, urlencode(more)) if part)
        return f"{self.root}{path}" + (f"?{text}" if text else "")


OPENAI_SERVER = Server()


def variable_of(kind: Literal["header", "query"], name: str) -> str:
    """Return the environment variable that stands for a secret value in exported code, such as HEADER_X_TEAM."""
    return f"{kind}_{re.sub(r'[^A-Za-z0-9]', '_', name)}".upper()

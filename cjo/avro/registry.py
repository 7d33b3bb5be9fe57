"""The schema registry over Confluent's REST API, which Apicurio, Confluent, Karapace and Redpanda speak."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from cjo.avro.http import request
from cjo.errors import RegistryError
from cjo.security import options_of
from cjo.security.registry import without_login

_UNKNOWN_CODES = (40401, 40402, 40403)
COMPATIBILITY = "FULL"
"""Rule of every subject of cjo: old readers read new records and new readers read old ones, for a log is read anew."""

_HINT = "add fields with a default, and leave names and types as they are; or make a new topic with a new contract"

_URL_HINT = "check the registry's URL, path included (CJO_REGISTRY)"


class Registry:
    """A client of the registry at `url` (with its path, for example http://host:port/apis/ccompat/v7).

    The settings' own `registry_url` also says how to log in (`cjo.security.Address`). Schemas by id and registrations
    are kept for the life of the client. Every method raises RegistryError; its `kind` tells an outage (`unreachable`)
    from a refusal. Threads may share one client.
    """

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self.url = url.rstrip("/")
        self._options = options_of(url)
        self._timeout_s = timeout_s
        self._schemas: dict[int, dict[str, Any]] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def schema(self, schema_id: int) -> dict[str, Any]:
        """The schema of that id, with what it refers to in it.

        Kind `unknown` where the registry has none, `unusable` where it has one that is not of Avro, or is not whole.
        """
        with self._lock:
            known = self._schemas.get(schema_id)
        if known is None:
            known = self._whole(self._asked(f"/schemas/ids/{schema_id}"), schema_id)
            with self._lock:
                self._schemas[schema_id] = known
        return known

    def _asked(self, path: str) -> Mapping[str, Any]:
        """The answer about a schema. JSON without one comes from something else at the registry's address."""
        answer = self._call("GET", path)
        if not isinstance(answer, dict) or not isinstance(answer.get("schema"), str):
            where = f"GET {without_login(self.url)}{path}"
            raise RegistryError(f"expected a schema from {where}, got {str(answer)[:60]!r}", _URL_HINT)
        return answer

    def _whole(self, answer: Mapping[str, Any], schema_id: int) -> Any:
        schema = _avro(answer["schema"], schema_id, "unusable")
        if not answer.get("references"):
            return schema
        from cjo.avro.references import whole  # fastavro is for those who read

        referred = [_avro(text, schema_id, "unusable") for text in self._referred(answer, schema_id, set())]
        try:
            return whole(schema, referred)
        except Exception as error:  # what is no Avro schema makes fastavro raise nearly anything
            raise RegistryError(f"the registry's schema {schema_id} is not whole: {error}", kind="unusable") from None

    def _referred(self, answer: Mapping[str, Any], schema_id: int, done: set[str]) -> Iterator[str]:
        """What a schema refers to, each once and after what it refers to itself."""
        for one in answer.get("references") or ():
            path = f"/subjects/{_segment(one['subject'])}/versions/{one['version']}"
            if path in done:
                continue
            done.add(path)
            try:
                found = self._asked(path)
            except RegistryError as error:
                if error.kind != "unknown":
                    raise
                place = f"version {one['version']} of subject {one['subject']}"
                what = f"the registry's schema {schema_id} refers to {place}, which it does not know"
                raise RegistryError(what, kind="unusable") from error
            yield from self._referred(found, schema_id, done)
            yield found["schema"]

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Id of `schema` under `subject`, newly registered if need be; kind `incompatible` if the rule forbids it."""
        text = json.dumps(schema)
        with self._lock:
            known = self._ids.get((subject, text))
        if known is None:
            answer = self._call("POST", f"/subjects/{_segment(subject)}/versions", {"schema": text})
            known = int(answer["id"])
            with self._lock:
                self._ids[subject, text] = known
        return known

    def latest(self, subject: str) -> tuple[int, dict[str, Any]]:
        """(id, schema) of the newest version of `subject`; kind `unknown` where it has none."""
        answer = self._call("GET", f"/subjects/{_segment(subject)}/versions/latest")
        return int(answer["id"]), _avro(answer["schema"], answer["id"], "refused")

    def subjects(self) -> list[str]:
        """Names of all subjects."""
        return list(self._call("GET", "/subjects"))

    def register_contract(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Id of `schema` under `subject`, whose rule becomes FULL first.

        An edit that breaks the rule raises RegistryError (`incompatible`) that names each place, and changes nothing.
        """
        self.set_compatibility(subject, COMPATIBILITY)
        if reasons := self.check(subject, schema):
            message = f"{subject}: the contract is not compatible with its newest registered version:"
            raise RegistryError("\n  ".join([message, *reasons]), _HINT, "incompatible")
        return self.register(subject, schema)

    def check(self, subject: str, schema: Mapping[str, Any]) -> list[str]:
        """Why `schema` may not follow the newest version of `subject`, a sentence each; empty where it may.

        Compared here, as not every registry gives reasons or sees a changed decimal scale; then asked of the registry,
        whose rule may be stricter.
        """
        from cjo.avro.compatibility import incompatibilities  # not needed inside Flink's workers

        try:
            newest = self.latest(subject)[1]
        except RegistryError as error:
            if error.kind == "unknown":
                return []
            raise
        return incompatibilities(newest, schema) or self._verdict(subject, schema)

    def _verdict(self, subject: str, schema: Mapping[str, Any]) -> list[str]:
        path = f"/compatibility/subjects/{_segment(subject)}/versions/latest?verbose=true"
        try:
            answer = self._call("POST", path, {"schema": json.dumps(schema)})
        except RegistryError as error:
            if error.kind == "incompatible":
                return [error.message]
            raise
        if answer.get("is_compatible"):
            return []
        return [str(message) for message in answer.get("messages") or ["the registry refuses it and gives no reason"]]

    def set_compatibility(self, subject: str, level: str = COMPATIBILITY) -> None:
        """Make `level` (BACKWARD, FORWARD, FULL, ..._TRANSITIVE, NONE) the rule for new versions of `subject`."""
        path, rule = f"/config/{_segment(subject)}", {"compatibility": level}
        try:
            self._call("PUT", path, rule)
        except RegistryError as error:
            if error.kind != "incompatible":
                raise
            # Apicurio looks whether there is a rule and then makes one: it answers 409 where another did so meanwhile.
            self._call("PUT", path, rule)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        status, answer = request(method, self.url + path, body, self._timeout_s, self._options)
        call = f"{method} {without_login(self.url)}{path}"
        if status >= 300:
            raise _refusal(call, status, answer)
        if not isinstance(answer, dict | list):
            raise RegistryError(f"expected JSON from {call}, got {str(answer)[:60]!r}", _URL_HINT)
        return answer


def _avro(text: str, schema_id: int, kind: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise RegistryError(f"the registry's schema {schema_id} is no Avro schema: {text[:60]!r}", kind=kind) from None


def _refusal(call: str, status: int, answer: Any) -> RegistryError:
    code = answer.get("error_code") if isinstance(answer, dict) else None
    said = answer.get("message") if isinstance(answer, dict) else str(answer)[:200]
    what = f"the registry answered {status}{f' ({code})' if code else ''} to {call}: {said}"
    if code in _UNKNOWN_CODES:
        return RegistryError(what, kind="unknown")
    if status in (409, 422):
        return RegistryError(what, _HINT, "incompatible")
    if status == 404:
        return RegistryError(what, _URL_HINT)
    if status in (401, 403):
        return RegistryError(
            what, "check the login: in the file that CJO_REGISTRY_CONFIG names, or in the registry's URL"
        )
    return RegistryError(what, kind="unreachable" if status >= 500 or status == 429 else "refused")


def _segment(subject: str) -> str:
    return quote(subject, safe="")

import cjo  # noqa: F401 - compiled modules are preferred from then on

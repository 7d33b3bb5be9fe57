"""How to log in to a broker and a registry: one file of options for every client, secrets by reference."""

from cjo.security.options import NO_OPTIONS, Address, Options, options_of, read_options

__all__ = ["NO_OPTIONS", "Address", "Options", "options_of", "read_options"]

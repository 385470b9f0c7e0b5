"""click's own types of options that ours derive from. They are generic from click 8.2 on."""

from typing import TYPE_CHECKING

import click

from mockcrm.base.brackets import with_brackets

__all__ = ["Choice", "ParamType"]

if TYPE_CHECKING:
    from click import Choice, ParamType
else:
    Choice, ParamType = with_brackets(click.Choice), with_brackets(click.ParamType)

"""Types of the settings that the library's functions take, for annotations; `Checker` documents them.

Imported only by type checkers and by programs that annotate settings of their own.
"""

# ruff: noqa: TC003 - programs may evaluate these annotations at run time

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from os import PathLike
from typing import Any, Literal, TypeAlias, TypedDict

#: A file or folder.
PathName: TypeAlias = "str | PathLike[str]"
#: Several of them; one alone may be given as it is.
PathNames: TypeAlias = "PathName | Iterable[PathName]"
#: Ids or names of rules; one alone may be given as it is.
RuleNames: TypeAlias = "str | Iterable[str]"

OperationSetting: TypeAlias = Literal[
    "auto",
    "create",
    "update",
    "submit",
    "record",
    "CreateOpportunity",
    "UpdateOpportunity",
    "AcceptEngagementInvitation",
    "AssignOpportunity",
    "AssociateOpportunity",
    "CreateCustomerAccount",
    "CreateEngagement",
    "CreateEngagementContext",
    "CreateEngagementInvitation",
    "CreateResourceSnapshot",
    "CreateResourceSnapshotJob",
    "DeleteCustomerAccount",
    "DeleteResourceSnapshotJob",
    "DisassociateOpportunity",
    "PutSellingSystemSettings",
    "RejectEngagementInvitation",
    "StartCustomerAccountBulkJob",
    "StartEngagementByAcceptingInvitationTask",
    "StartEngagementFromOpportunityTask",
    "StartOpportunityBulkJob",
    "StartOpportunityFromEngagementTask",
    "StartProspectingFromEngagementTask",
    "StartResourceSnapshotJob",
    "StopResourceSnapshotJob",
    "SubmitOpportunity",
    "TagResource",
    "UntagResource",
    "UpdateCustomerAccount",
    "UpdateEngagementContext",
]
SeveritySetting: TypeAlias = Literal["error", "warning", "info"]


class RuleSettings(TypedDict, total=False):
    """Settings of functions that determine the operation themselves."""

    rules: PathNames
    select: RuleNames
    ignore: RuleNames
    severity: Mapping[str, SeveritySetting] | None
    strict: bool
    today: date | str | None
    profile: Mapping[str, Any] | None
    submission: Mapping[str, Any] | None
    builtin: bool
    second_opinion: bool


class CheckerSettings(RuleSettings, total=False):
    """Settings of `Checker`, and of the functions that check with one."""

    operation: OperationSetting

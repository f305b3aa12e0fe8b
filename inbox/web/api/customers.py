"""What customers are told, for founders' programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import customers
from inbox.flow.customers import Told as Chosen
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Told
from inbox.web.deps import House

router = APIRouter(route_class=ApiRoute, tags=["promise"])


class CustomersGiven(Given):
    """What customers are told. accounts: ids of mail accounts that acknowledge by themselves what comes in."""

    accounts: Annotated[list[int], Field(max_length=200)] = Field(default_factory=list)
    a_day: Annotated[int, Field(ge=1, le=customers.MOST_A_DAY)] = 2
    zone: Annotated[str, Field(max_length=80)] = "UTC"
    public: bool = False


class CustomersTold(Told):
    """What customers are told, as it stands."""

    accounts: list[int]
    a_day: int
    zone: str
    public: bool


@router.get("/customers")
def read_customers(house: House, me: ApiFounder) -> CustomersTold:  # noqa: ARG001 - the policy
    """Return what customers are told."""
    with house.store.reading() as session:
        return CustomersTold.model_validate(customers.read(session))


@router.put("/customers")
def change_customers(house: House, me: ApiFounder, allowed: ApiSettings, given: CustomersGiven) -> CustomersTold:  # noqa: ARG001 - the policy
    """Change what customers are told."""
    with house.store.unit_of_work() as work:
        customers.save(work, Chosen(tuple(given.accounts), given.a_day, given.zone, given.public), me.id)
        return CustomersTold.model_validate(customers.read(work.session))

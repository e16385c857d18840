"""A business that is billed by the term is told so; its means a month are not the level of business."""

from crm_lib.diagnosis.billing import by_term, months_of_sale, term_warning
from crm_lib.language import catalogue
from tests.diagnosis import shop as s
from tests.diagnosis.test_pain_points import found_in


def billed(every: int) -> list[dict]:
    """Orders of the calm shop, in every nth month only."""
    kept = [r for r in s.orders(wave=None) if (r["ordered_on"].month - 1) % every == 0]
    return kept


def test_empty_months_between_sales_are_told_with_the_figures_of_the_others():
    measured, _ = found_in(orders=billed(3))
    assert by_term(measured)
    (said,) = term_warning(measured)
    found = months_of_sale(measured)
    sold = found[found["orders"] > 0]
    words = catalogue("en").text(said)
    assert f"in {len(found) - len(sold)} of {len(found)} months" in words
    assert f"{round(sold['active_customers'].mean())} active customers" in words


def test_a_shop_that_sells_every_month_is_not():
    measured, _ = found_in(orders=s.orders(wave=None))
    assert not term_warning(measured)

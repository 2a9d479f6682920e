"""Views as HTML. Every text is escaped; a template has no script and no style of its own."""

from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

from central.ops.dashboard.assets import address_of
from central.ops.dashboard.views import View
from central.ops.dashboard.words import link
from central.sessions.service import Login

NAMES = ("base.html", "page.html", "login.html", "problem.html")


@cache
def environment() -> Environment:
    """Jinja, with our templates read once."""
    folder = files("central.ops.dashboard") / "templates"
    texts = {name: (folder / name).read_text("utf-8") for name in NAMES}
    env = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = address_of
    env.globals["link"] = link
    return env


def page_of(view: View, login: Login, venue: str) -> str:
    """A page for somebody who is logged in."""
    template = environment().get_template("page.html")
    return template.render(view=view, login=login, venue=venue, venues=sorted(login.reads))


def login_page(csrf: str, fault: str = "") -> str:
    """The page that asks for the token."""
    return environment().get_template("login.html").render(csrf=csrf, fault=fault)


def problem_page(title: str, detail: str) -> str:
    """A page that says why there is no other."""
    return environment().get_template("problem.html").render(title=title, detail=detail)

"""A Django project with django-scim2, as its documentation builds one: `serve.py PORT DATABASE_FILE`.

Filters, paging, PATCH and errors are the library's own doing, which is what the service is tried against. It wants the
bearer token `django`.
"""

import sys
from types import SimpleNamespace

import django
from django.conf import settings

port, database = int(sys.argv[1]), sys.argv[2]


def sign_in(get_response):
    """A middleware: who brings the token is signed in."""

    def answer(request):
        known = request.headers.get("Authorization") == "Bearer django"
        request.user = SimpleNamespace(is_authenticated=known)
        return get_response(request)

    return answer


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    AUTH_USER_MODEL="people.User",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "people", "django_scim"],
    LOGGING_CONFIG=None,
    MIDDLEWARE=["__main__.sign_in", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    ROOT_URLCONF="__main__",
    SCIM_SERVICE_PROVIDER={
        "SCHEME": "http",
        "NETLOC": f"127.0.0.1:{port}",
        "GROUP_MODEL": "people.models.Group",
        "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "a bearer token"}],
    },
    SECRET_KEY="for this process alone",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402 (Django is set up by now)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

urlpatterns = [path("scim/v2/", include("django_scim.urls"))]

call_command("migrate", run_syncdb=True, verbosity=0)
make_server("127.0.0.1", port, get_wsgi_application(), threaded=True).serve_forever()

"""A Django project with django-scim2-server, as its documentation builds one: `serve.py PORT DATABASE_FILE`.

Filters, paging, PATCH and errors are the library's own doing, which is what the service is tried against. It wants no
token.
"""

import sys

import django
from django.conf import settings

port, database = int(sys.argv[1]), sys.argv[2]

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_scim2_server"],
    LOGGING_CONFIG=None,
    ROOT_URLCONF="__main__",
    SCIM2_SERVER_AUTH_CHECK="__main__.anyone",
    SECRET_KEY="for this process alone",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402 (Django is set up by now)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402


def anyone(_request):
    return True


urlpatterns = [path("scim/v2/", include("django_scim2_server.urls"))]

call_command("migrate", verbosity=0)
make_server("127.0.0.1", port, get_wsgi_application(), threaded=True).serve_forever()

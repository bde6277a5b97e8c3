"""Canaille, an OAuth 2 and OpenID Connect server, in memory: `serve.py PORT PRIVATE_KEY_PEM_FILE`.

It has one user and two clients, one with a secret and one without. The key signs what Canaille gives out, and Canaille
takes assertions that are signed with it.
"""

import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

GRANTS = ["client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"]


def client(name, secret, method):
    made = models.Client(
        client_id=name,
        client_name=name,
        client_secret=secret,
        token_endpoint_auth_method=method,
        grant_types=GRANTS,
        response_types=["code", "token"],
        scope=["openid", "profile"],
        redirect_uris=["http://127.0.0.1/callback"],
        # One of a domain that Canaille trusts needs no consent of each user.
        client_uri="http://127.0.0.1",
    )
    Backend.instance.save(made)
    return made


def fill():
    user = models.User(user_name="ada", password="lovelace", formatted_name="Ada Lovelace", family_name="Lovelace")
    Backend.instance.save(user)
    confidential = client("confidential", "secret/with+signs", "client_secret_basic")
    public = client("public", None, "none")
    # For whom the tokens are: only a client that is named there may ask whether one is good.
    confidential.audience = [confidential]
    public.audience = [confidential, public]
    for made in (confidential, public):
        Backend.instance.save(made)


def main(port, key_file):
    with open(key_file, "rb") as file:
        key = RSAKey.import_key(file.read()).as_dict(private=True)
    app = create_app(
        {
            "SECRET_KEY": "for this process alone",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory"},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key]},
        },
    )
    with app.app_context(), Backend.instance.session():
        fill()
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


main(int(sys.argv[1]), sys.argv[2])

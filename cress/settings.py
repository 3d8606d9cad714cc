"""All settings, read top to bottom. Two ways to run: the embedded default (one SQLite file, a file broker) and
production (PostgreSQL, Redis, S3-compatible storage), told apart by the environment alone. See `.env.example`."""

import secrets
from pathlib import Path

from celery.schedules import crontab, schedule
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cress.env import database_from_url, env_bool, env_int, env_list, env_text, env_url

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_text("CRESS_VAR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- What kind of instance this is ----------------------------------------------------------------------------------

PRODUCTION = env_bool("CRESS_PRODUCTION", default=False)
DEBUG = env_bool("CRESS_DEBUG", default=False)
DEMONSTRATION = env_bool("CRESS_DEMONSTRATION", default=not PRODUCTION)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("CRESS_DEBUG ne peut pas valoir 1 en production.")


def embedded_secret() -> str:
    """A secret of this machine, made once; production must bring its own, shared by all nodes."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        path.chmod(0o600)
    return path.read_text(encoding="utf-8")


SECRET_KEY = env_text("CRESS_SECRET_KEY") if PRODUCTION else env_text("CRESS_SECRET_KEY", embedded_secret())
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("CRESS_SECRET_KEY est trop courte : au moins 50 caractères tirés au hasard.")

# Links in mails are built from this address, never from the request.
SITE_URL = env_url("CRESS_SITE_URL", schemes={"http", "https"}, default=None if PRODUCTION else "http://localhost:8000")
ALLOWED_HOSTS = env_list("CRESS_ALLOWED_HOSTS", "" if PRODUCTION else "*")
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("CRESS_ALLOWED_HOSTS doit nommer exactement les noms de domaine servis.")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

# The CRESS that runs this instance: its région (code of the COG) decides what is imported and what « 52 » means.
CRESS_REGION = env_text("CRESS_REGION", "52")
CRESS_NAME = env_text("CRESS_NAME", "CRESS Pays de la Loire")

# --- Rooms ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "cress.home",
    "cress.demo",
    "territories.observatory",
    "territories.geography",
    "territories.access",
    "territories.foundations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "territories.access.middleware.SessionLifetimeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "territories.access.middleware.StaffTotpMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "cress.urls"
WSGI_APPLICATION = "cress.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("bootstrap5",)
CRISPY_TEMPLATE_PACK = "bootstrap5"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "cress.home.context_processors.frame",
            ],
        },
    },
]

# --- Data: one SQLite file, or PostgreSQL ---------------------------------------------------------------------------

DATABASE_URL = env_url("DATABASE_URL", schemes={"postgres", "postgresql"}, default="")
if DATABASE_URL:
    DATABASES = {"default": database_from_url(DATABASE_URL)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "cress.sqlite3",
            # IMMEDIATE and WAL: nobody's form is refused while an import writes. FULL: a confirmed word survives a power cut.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
            },
            "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_url("REDIS_URL", schemes={"redis", "rediss"}, default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cress"}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            "TIMEOUT": 86_400,
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    )
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Files ----------------------------------------------------------------------------------------------------------

S3_BUCKET = env_text("CRESS_S3_BUCKET", "")
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": env_url("CRESS_S3_ENDPOINT", schemes={"http", "https"}, default="") or None,
                "access_key": env_text("CRESS_S3_ACCESS_KEY", "") or None,
                "secret_key": env_text("CRESS_S3_SECRET_KEY", "") or None,
                "region_name": env_text("CRESS_S3_REGION", "") or None,
                "default_acl": None,
                "file_overwrite": False,
            },
        }
        if S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "files"}}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static" / "build", ("js", BASE_DIR / "static" / "js"), ("img", BASE_DIR / "static" / "img")]
# The observatory drops the national files here when they are too large to be sent by a browser.
INBOX_DIR = Path(env_text("CRESS_INBOX", str(VAR_DIR / "depot"))).resolve()
WORK_DIR = VAR_DIR / "work"
UPLOAD_LIMIT = 200 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Who comes in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:dashboard"
LOGOUT_REDIRECT_URL = "home:welcome"
ACCOUNT_ADAPTER = "territories.access.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "territories.access.forms.LoginForm",
    "change_password": "territories.access.forms.ChangePasswordForm",
    "reauthenticate": "territories.access.forms.ReauthenticateForm",
}
# By account: a whole hall shares one address.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "reset_password": "5/h/key", "login": False}
MFA_ADAPTER = "territories.access.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "territories.access.forms.AuthenticateForm",
    "reauthenticate": "territories.access.forms.ReauthenticateByCodeForm",
    "activate_totp": "territories.access.forms.ActivateTOTPForm",
}
# Addresses are given by the administration, not by the person: there is nothing to verify first.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TRUST_ENABLED = True
MFA_TOTP_ISSUER = CRESS_NAME
# An invitation’s link lives 14 days; a forgotten password’s, one day (territories/access/tokens.py).
PASSWORD_RESET_TIMEOUT = 14 * 86_400
REQUIRE_TOTP = env_bool("CRESS_REQUIRE_TOTP", default=not DEMONSTRATION)

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cress.home.errors.csrf_failure"
SECURE_HTTPS = SITE_URL.startswith("https://")
if PRODUCTION and not SECURE_HTTPS:
    raise ImproperlyConfigured("CRESS_SITE_URL doit commencer par https:// en production.")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_HTTPS
SECURE_SSL_REDIRECT = SECURE_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# Only behind a proxy that sets this header itself.
if env_bool("CRESS_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Long work: the row is the truth, the broker a doorbell ---------------------------------------------------------

JOB_LEASE_SECONDS = env_int("CRESS_JOB_LEASE", default=45, least=2, most=600)
JOB_SWEEP_SECONDS = env_int("CRESS_JOB_SWEEP", default=30, least=1, most=300)
JOB_TIME_LIMIT = 4 * 3600
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": JOB_TIME_LIMIT + 600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # Whoever asks for a job never waits for a broker that does not answer.
        "socket_connect_timeout": 3,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    for folder in ("queue", "processed", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    # A host that means nothing, since kombu warns without one.
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20
CELERY_TASK_TIME_LIMIT = JOB_TIME_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = JOB_TIME_LIMIT - 60
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # A call that waited behind long jobs is worth nothing any more: the next one does the same.
    "sweep-jobs": {
        "task": "territories.foundations.tasks.sweep_jobs",
        "schedule": schedule(JOB_SWEEP_SECONDS),
        "options": {"expires": 2 * JOB_SWEEP_SECONDS},
    },
    "purge-jobs": {"task": "territories.foundations.tasks.purge_jobs", "schedule": crontab(hour=3, minute=20)},
}
# DuckDB is held down so that the pages stay quick while it reads the national files.
DUCKDB_MEMORY = env_text("CRESS_DUCKDB_MEMORY", "700MB")
DUCKDB_THREADS = env_int("CRESS_DUCKDB_THREADS", default=2, least=1, most=64)

# --- Mail -----------------------------------------------------------------------------------------------------------

EMAIL_HOST = env_text("CRESS_SMTP_HOST", "")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = VAR_DIR / "mails"
EMAIL_PORT = env_int("CRESS_SMTP_PORT", default=587, least=1, most=65_535)
EMAIL_HOST_USER = env_text("CRESS_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env_text("CRESS_SMTP_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env_text("CRESS_MAIL_FROM", f"{CRESS_NAME} <ne-pas-repondre@localhost>")

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# --- What is written down: never a form, a token, an address ---------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"links": {"()": "territories.access.logs.LinkMask"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]}},
    "root": {"handlers": ["console"], "level": env_text("CRESS_LOG_LEVEL", "INFO")},
    "loggers": {"fontTools": {"level": "WARNING"}, "weasyprint": {"level": "WARNING"}},
}

"""Who signs in. Roles on a territory, a network or a démarche belong to those rooms; here only the house-wide ones."""

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import salted_hmac

from territories.access import policy
from territories.access.enums import Capability, Role


class UserQuerySet(models.QuerySet["User"]):
    def able_to(self, capability: Capability) -> "UserQuerySet":
        """Active accounts whose house role grants the capability."""
        return self.filter(is_active=True, role__in=policy.roles_granting(capability))

    def for_list(self) -> "UserQuerySet":
        """Everything a line of the list of accounts shows, in one query."""
        totp = apps.get_model("mfa", "Authenticator").objects.filter(user_id=OuterRef("pk"), type="totp")
        return self.annotate(has_totp=Exists(totp)).order_by(Lower("full_name"), "email", "pk")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Without a password nobody can sign in yet: the person chooses one from the invitation."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, **{"role": Role.ADMINISTRATOR, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with an account, known by e-mail. What the person may do is read from `role` by the policy, nowhere else."""

    email = models.EmailField("adresse électronique", unique=True)
    full_name = models.CharField("prénom et nom", max_length=150, blank=True)
    role = models.CharField("rôle dans la maison", max_length=20, choices=Role.house_choices(), blank=True)
    is_active = models.BooleanField("compte actif", default=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    # Raised to close every open session of the person at once.
    session_generation = models.PositiveIntegerField("génération des sessions", default=0)

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("full_name",)

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        constraints = (models.UniqueConstraint(Lower("email"), name="one_account_per_email"),)

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_absolute_url(self) -> str:
        return reverse("access:account", args=[self.pk])

    @property
    def is_staff(self) -> bool:
        """Whether Django’s administration opens. Asked by Django under this name."""
        return policy.allows(self, Capability.OPEN_ADMINISTRATION)

    @property
    def is_invited(self) -> bool:
        """Whether the person has not chosen a password yet."""
        return not self.has_usable_password()

    @property
    def role_label(self) -> str:
        """The house role in French; a sentence of its own when there is none."""
        return str(Role(self.role).label) if self.role else "Sans rôle dans la maison"

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django’s administration asks this; it belongs whole to those the policy lets in."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django ties open sessions to the password; ours are tied to the generation too.
        value = f"{self.password}|{self.session_generation}"
        return salted_hmac("territories.access.session", value, secret=secret, algorithm="sha256").hexdigest()

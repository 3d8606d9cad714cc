"""The forms of accounts and sign-in. They validate shape; the operations validate rules."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.contrib.auth import password_validation

from territories.access.enums import Role
from territories.access.models import User

GOOD_CHOICE = "Au moins 12 caractères. Une phrase de quatre ou cinq mots se retient mieux qu’un mot compliqué."
NO_ROLE = "Aucun\u00a0: ses droits viennent de ses territoires, réseaux ou démarches"


class CrispyFormMixin:
    """The template writes the form tag, the token, the summary of errors and the buttons; the form only its fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.template = "access/includes/fields.html"
        self.helper.layout = Layout(*self.fields)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class EmailInput(forms.EmailInput):
    """A keyboard with @ on a telephone, and no capital put by itself."""

    def __init__(self, autocomplete: str) -> None:
        super().__init__({"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"})


class LoginForm(CrispyFormMixin, account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Adresse électronique"
        self.fields["login"].widget = EmailInput("username")
        self.fields["password"].label = "Mot de passe"
        self.fields["password"].help_text = ""


class ChangePasswordForm(CrispyFormMixin, account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Mot de passe actuel"
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = "Nouveau mot de passe"
        self.fields["password1"].help_text = GOOD_CHOICE
        self.fields["password2"].label = "Nouveau mot de passe, une seconde fois"


class ReauthenticateForm(CrispyFormMixin, account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = "Mot de passe"
        self.fields["password"].help_text = ""


class CodeFormMixin(CrispyFormMixin):
    """One field of six figures. Not `type=number`: a code may begin with 0."""

    code_label = "Code à six chiffres"
    code_help = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = self.code_label
        self.fields["code"].help_text = self.code_help
        self.fields["code"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class AuthenticateForm(CodeFormMixin, mfa_forms.AuthenticateForm):
    code_label = "Code"
    code_help = "Les six chiffres de l’application, ou un code de secours."


class ReauthenticateByCodeForm(CodeFormMixin, mfa_forms.ReauthenticateForm):
    code_label = "Code"
    code_help = "Les six chiffres de l’application, ou un code de secours."


class ActivateTOTPForm(CodeFormMixin, totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class ResetRequestForm(CrispyFormMixin, forms.Form):
    email = forms.EmailField(label="Adresse électronique", max_length=254, widget=EmailInput("username"))

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ChoosePasswordForm(CrispyFormMixin, forms.Form):
    """From a link: the new password, twice."""

    password1 = forms.CharField(
        label="Nouveau mot de passe",
        help_text=GOOD_CHOICE,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="Nouveau mot de passe, une seconde fois",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self) -> str:
        password = str(self.cleaned_data["password1"])
        password_validation.validate_password(password, self.user)
        return password

    def clean_password2(self) -> str:
        again = str(self.cleaned_data["password2"])
        if "password1" in self.cleaned_data and self.cleaned_data["password1"] != again:
            raise forms.ValidationError("Les deux mots de passe sont différents.")
        return again


class NameForm(CrispyFormMixin, forms.Form):
    full_name = forms.CharField(label="Prénom et nom", max_length=150, widget=forms.TextInput({"autocomplete": "name"}))


def _role_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Rôle dans la maison", choices=[("", NO_ROLE), *Role.house_choices()], required=False, widget=forms.RadioSelect
    )


class NewAccountForm(CrispyFormMixin, forms.Form):
    full_name = forms.CharField(label="Prénom et nom", max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="Elle reçoit l’invitation et sert ensuite d’identifiant.",
        widget=EmailInput("off"),
    )
    role = _role_field()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AccountForm(CrispyFormMixin, forms.Form):
    full_name = forms.CharField(label="Prénom et nom", max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    role = _role_field()

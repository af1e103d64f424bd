package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"aimyorg/domain"
	"aimyorg/jobs/mail"
)

// config is every setting, read from the environment once. Each room is handed only its part.
type config struct {
	Production bool
	Addr       string
	BaseURL    *url.URL
	DataDir    string
	Database   domain.Secret // empty: the private PostgreSQL under DataDir
	KeysDir    string
	KMS        domain.Secret
	SMTP       domain.Secret // empty: mails land in MailDir
	MailFrom   string
	MailDir    string
	TLSCert    string
	TLSKey     string
	Proxies    []string
	Keys       map[domain.Provider]domain.Secret
	Addresses  map[domain.Provider][]string // base URLs that the operator lists, besides the providers' own
	Endpoints  []string                     // reviewed endpoints behind OpenRouter
}

// setting is one line of --help.
type setting struct{ name, otherwise, what string }

// settings lists every variable of the environment that is read.
var settings = []setting{
	{"APP_ENV", "development", "development or production; production refuses every unsafe default and says which"},
	{"ADDR", "localhost:8080", "where to listen"},
	{"BASE_URL", "http://localhost:8080", "the address people use; links in mails and the origin that forms must come from"},
	{"DATA_DIR", ".data", "sealed originals, and in development the private PostgreSQL and the keys"},
	{"DATABASE_URL", "", "a PostgreSQL 15 or newer; empty starts a private one under DATA_DIR (development only)"},
	{"KEYS_DIR", "DATA_DIR/keys", "wrapped keys: in production on a volume of its own with short-lived backups"},
	{"KMS_URL", "", "the key-encryption key by address: awskms:, gcpkms:, azurekeyvault:, hashivault:; empty is a local file (development only)"},
	{"TLS_CERT, TLS_KEY", "", "files; with them the server speaks TLS 1.3 only. Production needs them or TRUSTED_PROXIES"},
	{"TRUSTED_PROXIES", "", "addresses of proxies that end TLS 1.3 and whose X-Forwarded-For is believed, with commas"},
	{"OPENAI_API_KEY", "", "the operator's key, for organizations without their own"},
	{"OPENROUTER_API_KEY", "", "the operator's key, for organizations without their own"},
	{"OPENROUTER_ENDPOINTS", "", "endpoints behind OpenRouter that were reviewed, with commas; empty leaves the choice to its own rules"},
	{"COMPATIBLE_BASE_URL", "", "an OpenAI-compatible server of your own"},
	{"COMPATIBLE_API_KEY", "", "its key, when it wants one"},
	{"OPENAI_BASE_URL", "", "development only: another address for OpenAI"},
	{"OPENROUTER_BASE_URL", "", "development only: another address for OpenRouter"},
	{"SMTP_URL", "", "the mail server: smtps://user:password@host or smtp://user:password@host:587 (with STARTTLS); ?tls=1.2 for one without TLS 1.3"},
	{"MAIL_FROM", "AImyOrg <no-reply@the host of BASE_URL>", "the address that mails come from"},
	{"MAIL_DIR", "DATA_DIR/mail", "development only: where mails land as files when there is no SMTP_URL; /mail shows them"},
}

// readConfig reads the environment. Every problem is named at once.
func readConfig(env func(string) string) (config, error) {
	or := func(name, otherwise string) string {
		if v := strings.TrimSpace(env(name)); v != "" {
			return v
		}
		return otherwise
	}
	c := config{Addr: or("ADDR", "localhost:8080"), DataDir: or("DATA_DIR", ".data"), Database: domain.NewSecret(or("DATABASE_URL", "")),
		KMS: domain.NewSecret(or("KMS_URL", "")), TLSCert: or("TLS_CERT", ""), TLSKey: or("TLS_KEY", ""),
		Proxies: list(or("TRUSTED_PROXIES", "")), Endpoints: list(or("OPENROUTER_ENDPOINTS", "")),
		Keys: map[domain.Provider]domain.Secret{domain.OpenAI: domain.NewSecret(or("OPENAI_API_KEY", "")),
			domain.OpenRouter: domain.NewSecret(or("OPENROUTER_API_KEY", "")), domain.Compatible: domain.NewSecret(or("COMPATIBLE_API_KEY", ""))},
		Addresses: map[domain.Provider][]string{domain.OpenAI: list(or("OPENAI_BASE_URL", "")),
			domain.OpenRouter: list(or("OPENROUTER_BASE_URL", "")), domain.Compatible: list(or("COMPATIBLE_BASE_URL", ""))}}
	var problems []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	mode := or("APP_ENV", "development")
	bad(mode != "development" && mode != "production", "APP_ENV must be development or production")
	c.Production = mode == "production"
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	base, err := url.Parse(or("BASE_URL", scheme+"://"+c.Addr))
	bad(err != nil || !isOrigin(base), "BASE_URL must be like https://aimyorg.example.com")
	c.BaseURL = base
	_, _, err = net.SplitHostPort(c.Addr)
	bad(err != nil, "ADDR must be like localhost:8080")
	bad((c.TLSCert == "") != (c.TLSKey == ""), "TLS_CERT and TLS_KEY belong together")
	abs, err := filepath.Abs(c.DataDir)
	bad(err != nil, "DATA_DIR: %v", err)
	c.DataDir = abs
	bad(databaseOf(c.Database) == badDatabase, "DATABASE_URL must be like postgres://user:password@host/database?sslmode=verify-full")
	for _, proxy := range c.Proxies {
		bad(!isAddress(proxy), "TRUSTED_PROXIES: %q is no address like 10.0.0.7 or 10.0.0.0/24", proxy)
	}
	for _, provider := range domain.Providers {
		for _, address := range c.Addresses[provider] {
			bad(!isBase(address), "%s must be like https://ai.example.com/v1", addressSettings[provider])
		}
	}
	c.SMTP, c.MailFrom = domain.NewSecret(or("SMTP_URL", "")), or("MAIL_FROM", defaultSender(base))
	if err := mail.Check(c.SMTP); err != nil {
		bad(true, "SMTP_URL %v", err)
	}
	bad(mail.CheckSender(c.MailFrom) != nil, "MAIL_FROM must be like AImyOrg <no-reply@example.com>")
	c.KeysDir, c.MailDir = or("KEYS_DIR", filepath.Join(abs, "keys")), or("MAIL_DIR", filepath.Join(abs, "mail"))
	if c.Production {
		c.refuseUnsafe(bad, env)
	}
	return c, errors.Join(problems...)
}

// refuseUnsafe names every default that only development may have.
func (c config) refuseUnsafe(bad func(bool, string, ...any), env func(string) string) {
	bad(c.Database.Empty(), "production needs DATABASE_URL: the private PostgreSQL is for development (P29)")
	bad(databaseOf(c.Database) == plainDatabase, "production needs sslmode=verify-full in DATABASE_URL, or a database on this machine (P30)")
	bad(!isService(c.KMS), "production needs KMS_URL, a key management service: a key in a local file is for development (P32)")
	bad(strings.TrimSpace(env("KEYS_DIR")) == "" || within(c.DataDir, c.KeysDir),
		"production needs KEYS_DIR, apart from DATA_DIR: keys are backed up apart from data (P68)")
	bad(c.BaseURL != nil && c.BaseURL.Scheme != "https", "production needs a BASE_URL with https (P30)")
	bad(c.TLSCert == "" && len(c.Proxies) == 0, "production needs TLS_CERT and TLS_KEY, or TRUSTED_PROXIES that end TLS 1.3 (P30)")
	bad(c.SMTP.Empty(), "production needs SMTP_URL: mails that land in files reach nobody (P21)")
	bad(strings.TrimSpace(env("MAIL_FROM")) == "", "production needs MAIL_FROM, an address of yours: mails from another one are taken for forged")
	for _, address := range c.Addresses[domain.Compatible] {
		bad(!strings.HasPrefix(address, "https://"), "production needs a COMPATIBLE_BASE_URL with https (P30)")
	}
	for _, name := range []string{"OPENAI_BASE_URL", "OPENROUTER_BASE_URL", "MAIL_DIR"} {
		bad(env(name) != "", "%s is for tests and development only (P44)", name)
	}
}

// defaultSender is an address at the host that people use; a name of this machine is none.
func defaultSender(base *url.URL) string {
	if base == nil || !strings.Contains(base.Hostname(), ".") || net.ParseIP(base.Hostname()) != nil {
		return "AImyOrg <no-reply@aimyorg.example>"
	}
	return "AImyOrg <no-reply@" + base.Hostname() + ">"
}

// addressSettings are the variables that name providers' addresses.
var addressSettings = map[domain.Provider]string{domain.OpenAI: "OPENAI_BASE_URL", domain.OpenRouter: "OPENROUTER_BASE_URL",
	domain.Compatible: "COMPATIBLE_BASE_URL"}

// isOrigin says that a URL is a scheme and a host: links are made by adding a path, and forms must come from it.
func isOrigin(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && (u.Path == "" || u.Path == "/") &&
		u.RawQuery == "" && u.Fragment == ""
}

// isBase says that an address could be a provider's; the gate looks closer.
func isBase(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// isAddress says that a proxy is named by its address or network, and not the whole internet.
func isAddress(proxy string) bool {
	_, network, err := net.ParseCIDR(proxy)
	if err != nil {
		return net.ParseIP(proxy) != nil
	}
	ones, _ := network.Mask.Size()
	return ones > 0
}

// isService says that a key-encryption key is kept by a service and not on this machine.
func isService(address domain.Secret) bool {
	scheme, rest, _ := strings.Cut(address.Reveal(), "://")
	return rest != "" && slices.Contains([]string{"awskms", "gcpkms", "azurekeyvault", "hashivault"}, scheme)
}

func within(dir, path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return true
	}
	rel, err := filepath.Rel(dir, abs)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// What an address of a database says.
const (
	noDatabase      = iota
	badDatabase     // can't be read
	plainDatabase   // elsewhere, and reached without verified TLS (P30)
	guardedDatabase // on this machine, or reached by verified TLS only
)

// databaseOf reads the address as the driver does: as a URL or as words, with every host and fallback that it would try.
func databaseOf(dsn domain.Secret) int {
	if dsn.Empty() {
		return noDatabase
	}
	c, err := pgconn.ParseConfig(dsn.Reveal())
	if err != nil {
		return badDatabase
	}
	ways := append([]*pgconn.FallbackConfig{{Host: c.Host, TLSConfig: c.TLSConfig}}, c.Fallbacks...)
	for _, w := range ways {
		ip := net.ParseIP(w.Host)
		local := strings.HasPrefix(w.Host, "/") || w.Host == "localhost" || ip != nil && ip.IsLoopback()
		if !local && (w.TLSConfig == nil || w.TLSConfig.InsecureSkipVerify) { // the driver verifies chains without names by itself
			return plainDatabase
		}
	}
	return guardedDatabase
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

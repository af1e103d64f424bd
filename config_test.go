package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"aimyorg/domain"
)

// production is a whole and safe environment of production.
func production() environ {
	return environ{"APP_ENV": "production", "ADDR": "0.0.0.0:8443", "BASE_URL": "https://aimyorg.example.com", "DATA_DIR": "/srv/aimyorg",
		"DATABASE_URL": "postgres://owner:hunter22@db.example.com/aimyorg?sslmode=verify-full", "KEYS_DIR": "/srv/keys",
		"KMS_URL": "awskms://alias/aimyorg", "TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/24",
		"SMTP_URL": "smtps://us:hunter33@smtp.example.com", "MAIL_FROM": "AImyOrg <no-reply@example.com>"}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := readConfig(production().get); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(environ{}.get)
	if err != nil || c.Production || c.Addr != "localhost:8080" || c.BaseURL.String() != "http://localhost:8080" || !c.Database.Empty() ||
		!strings.HasSuffix(c.DataDir, "/.data") || c.KeysDir != c.DataDir+"/keys" || c.MailDir != c.DataDir+"/mail" || len(c.Proxies) != 0 || !c.SMTP.Empty() {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = readConfig(environ{"ADDR": " 127.0.0.1:9 ", "TLS_CERT": "c", "TLS_KEY": "k", "TRUSTED_PROXIES": "10.0.0.7,::1 10.1.0.0/24",
		"OPENROUTER_ENDPOINTS": "a,b", "OPENAI_API_KEY": "1", "OPENROUTER_API_KEY": "2", "COMPATIBLE_API_KEY": "3", "KEYS_DIR": "/k", "MAIL_DIR": "/m",
		"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENROUTER_BASE_URL": "http://127.0.0.1:2/v1", "COMPATIBLE_BASE_URL": "http://127.0.0.1:3/v1",
		"KMS_URL": "awskms://x", "DATABASE_URL": "postgres://localhost/x"}.get)
	if err != nil || c.BaseURL.String() != "https://127.0.0.1:9" || c.TLSCert != "c" || c.TLSKey != "k" || len(c.Proxies) != 3 || len(c.Endpoints) != 2 ||
		c.KeysDir != "/k" || c.MailDir != "/m" || c.KMS.Reveal() != "awskms://x" || c.Database.Reveal() != "postgres://localhost/x" {
		t.Errorf("%+v, %v", c, err)
	}
	for i, p := range []domain.Provider{domain.OpenAI, domain.OpenRouter, domain.Compatible} {
		if c.Keys[p].Reveal() != fmt.Sprint(i+1) || len(c.Addresses[p]) != 1 || c.Addresses[p][0] != fmt.Sprintf("http://127.0.0.1:%d/v1", i+1) {
			t.Errorf("%s: %v", p, c.Addresses[p])
		}
	}
}

// refused gives a setting that must be refused in a sentence that names it.
type refused struct{ name, value, says string }

func refusedIn(t *testing.T, base environ, cases []refused) {
	t.Helper()
	for _, c := range cases {
		_, err := readConfig(base.with(c.name, c.value).get)
		if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s=%q: %v, want one sentence with %q", c.name, c.value, err, c.says)
		}
	}
}

func TestConfig_refuses_what_it_does_not_understand(t *testing.T) {
	t.Parallel()
	refusedIn(t, environ{}, []refused{
		{"APP_ENV", "prod", "APP_ENV"}, {"ADDR", "8080", "ADDR"}, {"TLS_CERT", "c", "belong together"}, {"TLS_KEY", "k", "belong together"},
		{"BASE_URL", "aimyorg.example.com", "BASE_URL"}, {"BASE_URL", "ftp://a.example", "BASE_URL"}, {"BASE_URL", "https://", "BASE_URL"},
		{"BASE_URL", "https://a.example/app", "BASE_URL"}, {"BASE_URL", "https://u:p@a.example", "BASE_URL"}, {"BASE_URL", "https://a.example?x", "BASE_URL"},
		{"BASE_URL", "https://a.example/%zz", "BASE_URL"}, {"DATABASE_URL", "postgres://%zz", "DATABASE_URL"}, {"DATABASE_URL", "host=db.example.com sslmode=sometimes", "DATABASE_URL"},
		{"TRUSTED_PROXIES", "proxy.example.com", "TRUSTED_PROXIES"}, {"TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0", "TRUSTED_PROXIES"},
		{"OPENAI_BASE_URL", "127.0.0.1:8090", "OPENAI_BASE_URL"}, {"COMPATIBLE_BASE_URL", "file:///etc", "COMPATIBLE_BASE_URL"},
	})
}

func TestP30_production_speaks_guarded_connections_only(t *testing.T) {
	t.Parallel()
	cases := []refused{{"BASE_URL", "http://aimyorg.example.com", "https"}, {"TRUSTED_PROXIES", "", "TLS 1.3"},
		{"COMPATIBLE_BASE_URL", "http://ai.example.com/v1", "COMPATIBLE_BASE_URL"}}
	for _, dsn := range []string{
		"postgres://db.example.com/x", "postgres://db.example.com/x?sslmode=require", "postgres://db.example.com/x?sslmode=verify-ca",
		"postgres://db.example.com/x?sslmode=prefer", "postgres://10.0.0.5/x?sslmode=disable", "host=db.example.com user=a sslmode=disable",
		"host=db.example.com user=a", "host=localhost,db.example.com user=a sslmode=disable",
	} {
		cases = append(cases, refused{"DATABASE_URL", dsn, "verify-full"})
	}
	refusedIn(t, production(), cases)
	for _, dsn := range []string{"postgres://localhost/x", "postgres://127.0.0.1/x?sslmode=disable", "host=/run/postgresql user=a",
		"host=db.example.com user=a sslmode=verify-full", "postgres://[::1]/x"} {
		if _, err := readConfig(production().with("DATABASE_URL", dsn).get); err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

func TestP32_production_needs_key_management(t *testing.T) {
	t.Parallel()
	refusedIn(t, production(), []refused{{"KMS_URL", "", "KMS_URL"}, {"KMS_URL", "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4=", "KMS_URL"},
		{"KMS_URL", "awskms", "KMS_URL"}, {"KEYS_DIR", "", "KEYS_DIR"}, {"KEYS_DIR", "/srv/aimyorg/keys", "KEYS_DIR"}, {"KEYS_DIR", "/srv/aimyorg", "KEYS_DIR"}})
	for _, kms := range []string{"gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "azurekeyvault://v.vault.azure.net/keys/k", "hashivault://k"} {
		if _, err := readConfig(production().with("KMS_URL", kms).get); err != nil {
			t.Errorf("%s: %v", kms, err)
		}
	}
}

func TestP44_production_refuses_other_addresses_for_providers(t *testing.T) {
	t.Parallel()
	refusedIn(t, production(), []refused{{"OPENAI_BASE_URL", "https://evil.example/v1", "OPENAI_BASE_URL"},
		{"OPENROUTER_BASE_URL", "https://evil.example/v1", "OPENROUTER_BASE_URL"}, {"MAIL_DIR", "/tmp", "MAIL_DIR"}, {"DATABASE_URL", "", "DATABASE_URL"}})
}

// Every default of development is named at once, so that an operator mends them in one go.
func TestP44_production_names_every_unsafe_setting_at_once(t *testing.T) {
	t.Parallel()
	env := environ{"APP_ENV": "production", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENROUTER_BASE_URL": "http://127.0.0.1:1/v1",
		"MAIL_DIR": "m", "COMPATIBLE_BASE_URL": "http://127.0.0.1:1/v1"}
	code, _, errOut := runCommand(t, env, "serve")
	if code != 2 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"DATABASE_URL", "KMS_URL", "KEYS_DIR", "BASE_URL with https", "TLS_CERT", "OPENAI_BASE_URL", "OPENROUTER_BASE_URL", "MAIL_DIR", "COMPATIBLE_BASE_URL"} {
		if !strings.Contains(errOut, name) {
			t.Errorf("%s is not named in:\n%s", name, errOut)
		}
	}
}

// Whatever prints the settings, no secret is in it.
func TestP32_secrets_never_print(t *testing.T) {
	t.Parallel()
	env := production()
	secrets := []string{"hunter22", "sk-openai-canary", "sk-or-canary", "sk-own-canary", "kms-canary"}
	for i, name := range []string{"OPENAI_API_KEY", "OPENROUTER_API_KEY", "COMPATIBLE_API_KEY"} {
		env = env.with(name, secrets[i+1])
	}
	c, err := readConfig(env.with("KMS_URL", "hashivault://kms-canary").get)
	must(t, err)
	var log bytes.Buffer
	newLog(&log).Info("settings", slog.Any("config", c), slog.Any("database", c.Database), slog.Any("keys", c.Keys))
	text := fmt.Sprintf("%v %+v %#v %v %+v %#v %s %q", c, c, c, &c, &c, c.Keys, c.Database, c.KMS) + log.String()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is printed in %s", s, text)
		}
	}
	for _, bad := range []string{"postgres://u:hunter22@%zz", "host=a password=hunter22 sslmode=never", "postgres://u:hunter22@db.example.com/x"} {
		_, err := readConfig(env.with("DATABASE_URL", bad).get)
		if err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%v", err)
		}
	}
}

func TestP21_production_sends_mail(t *testing.T) {
	t.Parallel()
	refusedIn(t, production(), []refused{{"SMTP_URL", "", "production needs SMTP_URL"}, {"MAIL_FROM", "", "production needs MAIL_FROM"},
		{"MAIL_FROM", "nobody", "MAIL_FROM must be like"}, {"SMTP_URL", "http://smtp.example.com", "SMTP_URL must be like"}})
	if _, err := readConfig(production().with("SMTP_URL", "smtp://us:hunter33@").get); err == nil || strings.Contains(err.Error(), "hunter33") {
		t.Errorf("%v", err)
	}
	for base, from := range map[string]string{"http://localhost:8080": "AImyOrg <no-reply@aimyorg.example>", "https://a.example.com:8443": "AImyOrg <no-reply@a.example.com>",
		"http://127.0.0.1:1": "AImyOrg <no-reply@aimyorg.example>"} {
		if c, err := readConfig(environ{"BASE_URL": base}.get); err != nil || c.MailFrom != from {
			t.Errorf("%s: %s, %v", base, c.MailFrom, err)
		}
	}
}

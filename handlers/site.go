package handlers

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
)

// Config is what the site needs.
type Config struct {
	DB          *store.DB
	Runs        *llm.Runs
	BaseURL     *url.URL // the origin that people use: links, and where forms must come from
	Proxies     []string // whose X-Forwarded-For is believed
	TLS         *tls.Config
	Log         *slog.Logger
	Uploads     Uploads
	Policy      string // the text of the privacy policy in force
	Mailbox     Mailbox
	Development bool // the design page and the routes of development
	Providers   []domain.Provider
	OperatorKey map[domain.Provider]bool // for which the operator's own key serves
	UsageEvery  time.Duration            // how long usage is gathered before it is saved; 30 s when zero
	// LookupTXT finds a domain's text records; nil finds none.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
}

// Uploads is what jobs/extract says of files: main hands it over, since handlers do not call jobs.
type Uploads struct {
	Types []string                                                         // extensions that can be read, with their dot
	Sniff func(name string, head []byte) (mediaType, code string, ok bool) // what a file really is, or why it is refused
}

// Site serves the product.
type Site struct {
	Config
	app      *fiber.App
	sessions *rowSessions
	hash     *hasher
	links    *linkSigner
	streams  *streams
	packers  *packers
	sso      *providers
	passkeys *webauthn.WebAuthn // nil where there can be none
	after    sync.WaitGroup     // what is done after an answer
	zones    *zones
	usage    *usage
	closing  context.Context // ends when the site closes: streams end then
	close    context.CancelFunc
}

// How long a peer may take (HOSTILE A112, F7). Streams have no write deadline as a whole: each event has its own.
const (
	readTimeout = 10 * time.Second
	idleTimeout = 60 * time.Second
	maxHeader   = 16 << 10
	writeAhead  = 2 << 10 // bytes; every stream has it as long as it lasts, and few of its frames are larger
)

// New builds the site with all its routes. Streams end when ctx does, or Serve's.
func New(ctx context.Context, c Config) (*Site, error) {
	s := &Site{Config: c, hash: newHasher(), streams: newStreams(), packers: newPackers(), zones: &zones{}, passkeys: newRelyingParty(c.BaseURL)}
	s.usage = newUsage(c.DB, c.Log, cmp.Or(c.UsageEvery, usageEvery))
	s.closing, s.close = context.WithCancel(ctx)
	s.sessions = newRowSessions(c.DB)
	s.sso = newProviders(c.Development, c.DB.Now)
	go s.usage.run(s.closing)
	s.links = newLinkSigner(c.DB.Secret("out links", 32))
	s.app = fiber.New(fiber.Config{
		AppName: "AImyOrg", DisableStartupMessage: true, ErrorHandler: s.fail,
		Immutable:   true, // F1: without it, strings of one request change into another's
		ReadTimeout: readTimeout, IdleTimeout: idleTimeout, ReadBufferSize: maxHeader, WriteBufferSize: writeAhead,
		BodyLimit: domain.MaxFileBytes + 1<<20, StreamRequestBody: true, DisablePreParseMultipartForm: true,
		EnableTrustedProxyCheck: true, TrustedProxies: c.Proxies, ProxyHeader: forwardedFor(c.Proxies),
		StrictRouting: true, CaseSensitive: true, GETOnly: false,
	})
	s.app.Use(s.guard)
	for _, r := range s.routes() {
		s.app.Add(r.method, r.path, s.handle(r))
		if r.method == fiber.MethodGet && r.kind != "stream" {
			s.app.Add(fiber.MethodHead, r.path, s.handle(r))
		}
	}
	return s, nil
}

func forwardedFor(proxies []string) string {
	if len(proxies) == 0 {
		return ""
	}
	return fiber.HeaderXForwardedFor
}

// Serve answers on a listener until ctx ends; then streams are told to end, requests under way have ten seconds.
func (s *Site) Serve(ctx context.Context, l net.Listener) error {
	l = linger(l, s.DB.Now)
	if s.TLS != nil {
		l = tls.NewListener(l, s.TLS)
	}
	failed := make(chan error, 1)
	go func() { failed <- s.app.Listener(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.close()
	err := s.app.ShutdownWithTimeout(10 * time.Second)
	s.after.Wait()
	<-s.usage.done
	return err
}

// TLS13 is the only protocol that is spoken to people (P30, F4).
func TLS13(cert tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
}

package llm

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"aimyorg/domain"
)

// Address is where a provider may be reached, listed by the operator; it never comes from an organization (P44).
type Address struct {
	Provider domain.Provider
	BaseURL  string // up to, not including, /chat/completions
	// Public refuses addresses in private networks and plain HTTP, as for OpenAI and OpenRouter themselves. An operator's
	// own server may be on a private network.
	Public bool
}

// The two recipients that the policy names (P44).
var builtIn = []Address{
	{domain.OpenAI, "https://api.openai.com/v1", true},
	{domain.OpenRouter, "https://openrouter.ai/api/v1", true},
}

type address struct {
	provider   domain.Provider
	base, host string // host as dialed, with port
	public     bool
}

func trimBase(s string) string { return strings.TrimRight(s, "/") }

// resolve puts the operator's entries before the built-in ones; an entry for a built-in provider replaces it.
func resolve(own []Address) ([]address, error) {
	var out []address
	replaced := map[domain.Provider]bool{}
	for _, a := range own {
		x, err := a.parse()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		replaced[a.Provider] = true
	}
	for _, a := range builtIn {
		if x, err := a.parse(); err == nil && !replaced[a.Provider] {
			out = append(out, x)
		}
	}
	return out, nil
}

func (a Address) parse() (address, error) {
	u, err := url.Parse(trimBase(a.BaseURL))
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return address{}, fmt.Errorf("address of %s: not a plain URL", a.Provider)
	case u.Scheme != "https" && (a.Public || u.Scheme != "http"):
		return address{}, fmt.Errorf("address of %s: must be https", a.Provider)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return address{a.Provider, u.String(), net.JoinHostPort(strings.ToLower(u.Hostname()), port), a.Public}, nil
}

// newTransport dials listed hosts only, without proxies, and looks at the IP that is really connected to, so that a name
// which resolves to a private address (DNS rebinding) is refused.
func newTransport(c GateConfig, addresses []address) *http.Transport {
	listed := map[string]bool{} // host:port → must be public
	for _, a := range addresses {
		listed[a.host] = listed[a.host] || a.public
	}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			public, ok := listed[strings.ToLower(addr)]
			if !ok {
				return nil, errBlocked
			}
			d := net.Dialer{Timeout: c.Dial, KeepAlive: 15 * time.Second, Control: control(public)}
			return d.DialContext(ctx, network, addr)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    c.Dial,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // bytes are counted as they come, and nothing can unfold
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    64,
	}
}

// control is called with the resolved address, just before connecting.
func control(public bool) func(network, addr string, _ syscall.RawConn) error {
	return func(_, addr string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(addr)
		if err != nil || !dialable(ap.Addr().Unmap().WithZone(""), public) {
			return errBlocked
		}
		return nil
	}
}

// never is dialed by no one: "this network", link-local with the clouds' metadata, multicast and reserved.
var never = prefixes("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8",
	"fd00:ec2::254/128")

// internal is dialed only for hosts that the operator put on the list as its own. NAT64, 6to4 and Teredo carry IPv4.
var internal = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "::1/128", "fc00::/7",
	"fec0::/10", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "2001:db8::/32", "100::/64")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func dialable(ip netip.Addr, public bool) bool {
	return ip.IsValid() && !within(ip, never) && (!public || !within(ip, internal))
}

func within(ip netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// Public says whether an address is of the public internet: not this machine, not a private network, not a cloud's metadata.
// Whoever else dials for an organization asks it of the address that is really connected to (HOSTILE A67, A68).
func Public(ip netip.Addr) bool { return dialable(ip.Unmap().WithZone(""), true) }

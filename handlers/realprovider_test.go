package handlers_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// somebody is a person of the real provider; their password is "password".
type somebody struct {
	Name, First, Last, Email string
	Verified                 bool
	Groups                   []string
}

// realProvider starts zitadel's provider, which nobody here wrote, and gives its issuer.
func realProvider(t testing.TB, redirect string, people ...somebody) string {
	t.Helper()
	raw, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("../tools/run", "sso-provider", "-redirect", redirect, "-people", file)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe() // it ends when this closes
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	issuer, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(issuer)
}

// signInThere does at the real provider what a person does, and gives the way back.
func signInThere(t testing.TB, address, name string) string {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	var back string
	c := http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.Contains(r.URL.Path, "/sign-in/sso/callback") {
			back = r.URL.RequestURI()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	id := res.Request.URL.Query().Get("authRequestID")
	if id == "" {
		t.Fatalf("%d at %s: %s", res.StatusCode, res.Request.URL, page)
	}
	form := url.Values{"id": {id}, "username": {name}, "password": {"password"}}
	res, err = c.PostForm(res.Request.URL.Scheme+"://"+res.Request.URL.Host+"/login/username", form)
	if err != nil {
		t.Fatal(err)
	}
	page, _ = io.ReadAll(res.Body)
	_ = res.Body.Close()
	if back == "" {
		t.Fatalf("not sent back: %d %s", res.StatusCode, page)
	}
	return back
}

func TestA12_WithAProviderThatNobodyHereWrote(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mail := "d" + string(s.db.NewID()[24:]) + ".example"
	issuer := realProvider(t, s.base+"/sign-in/sso/callback",
		somebody{"nina", "Nina", "New", "nina@" + mail, true, []string{"it", "everybody"}},
		somebody{"ada", "Ada", "There", "ada@" + mail, true, nil},
		somebody{"mallory", "Ada", "Again", "ada@" + mail, false, nil})
	o := newSignOn(t, s, issuer, func(f *domain.SSOForm) {
		f.Groups = []domain.GroupRule{{Group: "it", Kind: domain.GroupRole, Subject: "manager"}}
	})
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		id, err := x.AddDomain(mail)
		if err != nil {
			return err
		}
		_, err = x.CheckedDomain(id, true)
		return err
	})
	b := s.nobody(t)
	if a := b.get(signInThere(t, b.beginSSO("nina@"+mail), "nina")); a.header.Get("Location") != "/sign-in/sso/join" {
		t.Fatalf("%d to %q\n%s", a.status, a.header.Get("Location"), a.body)
	}
	b.get("/sign-in/sso/join").must(t, 200, "nina@"+mail)
	b.post("/sign-in/sso/join", joined).must(t, 303)
	b.get("/account").must(t, 200, "nina@"+mail, "Manager")

	s.employee(t, o, "ada@"+mail)
	b = s.nobody(t)
	b.get(signInThere(t, b.beginSSO("ada@"+mail), "ada")).must(t, 303)
	b.post("/sign-in/sso/link", url.Values{"password": {goodPassword}}).must(t, 303)
	b = s.nobody(t)
	b.get(signInThere(t, b.beginSSO("ada@"+mail), "ada")).must(t, 303)
	b.get("/account").must(t, 200, "ada@"+mail)

	b = s.nobody(t)
	b.get(signInThere(t, b.beginSSO("ada@"+mail), "mallory")).must(t, 422, domain.SSOUnverified)
	b.get("/home").must(t, 303)
}

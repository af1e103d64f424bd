package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/jobs/extract"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// uploads is what main hands over.
func uploads(c *handlers.Config) {
	c.Uploads.Sniff = func(name string, head []byte) (string, string, bool) {
		kind, err := extract.Sniff(name, head)
		code, _ := extract.CodeOf(err)
		return kind.MediaType, string(code), err == nil
	}
}

// file is one file of an upload.
type file struct {
	name string
	body string
}

// form is the body of an upload as a browser writes it, and its type.
func form(files ...file) (string, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		h := textproto.MIMEHeader{}
		name := strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(f.name)
		h.Set("Content-Disposition", `form-data; name="files"; filename="`+name+`"`)
		p, err := w.CreatePart(h)
		if err == nil {
			_, err = p.Write([]byte(f.body))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String(), w.FormDataContentType()
}

// upload posts files as a page's form does.
func (b *browser) upload(path string, files []file, header ...string) answer {
	body, kind := form(files...)
	header = append([]string{"Content-Type", kind, "Sec-Fetch-Site", "same-origin"}, header...)
	return b.send("POST", path, strings.NewReader(body), header...)
}

// sameButRequest is a body without what differs from request to request.
func (a answer) sameButRequest() string {
	body := strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "REQUEST")
	return uuid.ReplaceAllString(body, "ID")
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func documents(t testing.TB, db *store.DB, a domain.Actor, collection domain.ID) []domain.Document {
	t.Helper()
	var out []domain.Document
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		out, err = x.Documents(collection, store.Page{Limit: 100})
		return err
	})
	return out
}

func TestCollections(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/knowledge").must(t, 200, "No collections yet", "New collection")
	b.get("/knowledge/collections/new").must(t, 200, `name="ai_allowed"`, `name="everyone"`, string(o.People[domain.Staff].Member()))

	a := b.post("/knowledge/collections", url.Values{"name": {" "}, "description": {"typed words stay"}})
	a.must(t, 422, "Give the collection a name.", "typed words stay")
	a = b.post("/knowledge/collections", url.Values{"name": {"Handbook"}, "roles": {"manager"},
		"members": {string(o.People[domain.Staff].Member())}, "ai_allowed": {"on"}})
	a.must(t, 303)
	path := a.header.Get("Location")
	b.get(path).must(t, 200, "<h1>Handbook</h1>", "Managers", "Test Member", "AI may use it", "No documents yet")
	b.get(path+"/edit").must(t, 200, `value="Handbook"`)
	b.post(path, url.Values{"name": {"Renamed"}, "everyone": {"on"}}).must(t, 303)
	b.get("/knowledge").must(t, 200, "Renamed", "Everyone", "Not for AI", "!Handbook")
	b.get(path+"/delete").must(t, 200, "Delete collection")
	b.post(path+"/delete", nil).must(t, 303)
	b.get(path).must(t, 404)
}

// Access by role and by person, and to nobody else (P54).
func TestP54_CollectionsAreReadByWhoMay(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o := storetest.New(t, s.db)
	staff, auditor, manager := o.People[domain.Staff], o.People[domain.Auditor], o.People[domain.Manager]
	hidden := o.Collection(t, domain.CollectionForm{Name: "Board", Roles: []string{"auditor"}, Members: []string{string(manager.Member())}})
	d := o.Document(t, hidden, "Minutes", "The merger with Quaggacorp is planned for spring.")
	paths := []string{"/knowledge/collections/" + string(hidden), "/knowledge/documents/" + string(d.ID),
		"/knowledge/documents/" + string(d.ID) + "/row", "/knowledge/documents/" + string(d.ID) + "/original"}
	for _, who := range []struct {
		name   string
		actor  domain.Actor
		status int
	}{{"staff", staff, 404}, {"by role", auditor, 200}, {"by name", manager, 200}, {"owner", o.Owner, 200}} {
		b := s.as(t, who.actor)
		for _, p := range paths {
			b.get(p).must(t, who.status)
		}
		list, found := b.get("/knowledge"), b.get("/search?q=quaggacorp")
		sees := map[int]string{200: "", 404: "!"}[who.status]
		list.must(t, 200, sees+"Board")
		found.must(t, 200, sees+"Minutes", sees+"<mark>Quaggacorp</mark>")
	}
	// What one may read, one may not yet change; what one may not write, one does not find.
	m := s.as(t, manager)
	m.get("/knowledge/collections/"+string(hidden)+"/edit").must(t, 404)
	m.post("/knowledge/collections/"+string(hidden), url.Values{"name": {"Mine"}}).must(t, 404)
	m.post("/knowledge/documents/"+string(d.ID)+"/delete", nil).must(t, 404)
	a := s.as(t, auditor)
	a.get("/knowledge/collections/new").must(t, 404)
	a.upload("/knowledge/collections/"+string(hidden)+"/documents", []file{{"a.txt", "words"}}).must(t, 404)
	if n := len(documents(t, s.db, o.Owner, hidden)); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// Everything of one organization, asked for by another: the same as what does not exist.
func TestA33_AnotherOrganizationFindsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{})
	d := o.Document(t, c, "Secret title", "Canaryquux words of the first organization.")
	b, nobody := s.as(t, other.Owner), s.nobody(t)
	none := string(s.db.NewID())
	for _, path := range []string{"/knowledge/collections/%s", "/knowledge/collections/%s/edit", "/knowledge/collections/%s/delete",
		"/knowledge/collections/%s/pages/new", "/knowledge/documents/%s", "/knowledge/documents/%s?passage=0", "/knowledge/documents/%s/row",
		"/knowledge/documents/%s/original", "/knowledge/documents/%s/edit", "/knowledge/documents/%s/delete"} {
		id := string(c)
		if strings.Contains(path, "documents") {
			id = string(d.ID)
		}
		theirs, random := strings.Replace(path, "%s", id, 1), strings.Replace(path, "%s", none, 1)
		got, want := b.get(theirs).must(t, 404, "!Canaryquux", "!Secret title"), b.get(random).must(t, 404)
		if got.sameButRequest() != want.sameButRequest() {
			t.Errorf("%s: differs from a random id", path)
		}
		if a := nobody.get(theirs); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/sign-in") {
			t.Errorf("%s: nobody got %d", path, a.status)
		}
	}
	b.get("/search?q=canaryquux").must(t, 200, "!Secret title", "Nothing found")
	b.get("/knowledge").must(t, 200, "!Handbook")
	for _, path := range []string{"/knowledge/collections/" + string(c), "/knowledge/collections/" + string(c) + "/delete",
		"/knowledge/documents/" + string(d.ID) + "/delete", "/knowledge/documents/" + string(d.ID) + "/edit",
		"/knowledge/collections/" + string(c) + "/pages"} {
		b.post(path, url.Values{"name": {"Taken"}, "title": {"Taken"}, "text": {"Taken"}}).must(t, 404)
	}
	b.upload("/knowledge/collections/"+string(c)+"/documents", []file{{"a.txt", "words"}}).must(t, 404)
	b.upload("/knowledge/documents/"+string(d.ID)+"/versions", []file{{"a.txt", "words"}}).must(t, 404)
	if all := documents(t, s.db, o.Owner, c); len(all) != 1 || all[0].Version.Number != 1 {
		t.Errorf("changed: %+v", all)
	}
}

// Ids of another organization inside a form link nothing.
func TestA34_ForeignIDsInForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	mine, theirs := o.Collection(t, domain.CollectionForm{}), other.Collection(t, domain.CollectionForm{})
	b := s.as(t, o.Owner)
	b.post("/knowledge/collections", url.Values{"name": {"X"}, "members": {string(other.Owner.Member())}}).
		must(t, 422, "Choose people from the list.")
	b.post("/knowledge/collections/"+string(mine), url.Values{"name": {"X"}, "members": {"' OR 1=1--"}}).
		must(t, 422, "Choose people from the list.")
	b.post("/knowledge/collections/"+string(mine), url.Values{"name": {"X"}, "roles": {"root"}}).must(t, 422, "Choose roles from the list.")
	b.post("/knowledge/collections/"+string(mine)+"/pages", url.Values{"title": {"T"}, "text": {"words"}, "collection": {string(theirs)}}).
		must(t, 422, "Choose a collection from the list.", "words")
	hidden := other.Document(t, other.Collection(t, domain.CollectionForm{}), "Theirs", "Canaryquux words of theirs.")
	a, _ := s.as(t, other.Owner).ask("What are the canaryquux words?")
	message := regexp.MustCompile(`data-stream="/copilot/messages/([^"/]+)/`).FindStringSubmatch(a.body)[1]
	conversation := uuid.FindString(s.as(t, other.Owner).get("/copilot/messages/" + message).header.Get("Location"))
	for _, field := range []string{conversation, string(s.db.NewID()), "' OR 1=1--"} {
		b.post("/copilot/messages", url.Values{"text": {"Going on?"}, "conversation": {field}}).must(t, 404)
	}
	b.post("/copilot/messages", url.Values{"text": {"What are the canaryquux words?"}, "document": {string(hidden.ID)}}).must(t, 303)
	b.get("/copilot").must(t, 200, "!Going on?", "!"+string(hidden.ID))
	var linked int
	err := storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from messages where tenant_id = $1 and (about_id is not null or conversation_id = $2)",
		o.Owner.Tenant(), conversation).Scan(&linked)
	if err != nil || linked != 0 {
		t.Errorf("%d messages are linked to another organization's: %v", linked, err)
	}
	for _, x := range []struct {
		o storetest.Organization
		c domain.ID
	}{{o, mine}, {other, theirs}} {
		if n := len(documents(t, s.db, x.o.Owner, x.c)); n != 0 {
			t.Errorf("%d documents", n)
		}
	}
}

func TestA40_WhatIsNoID(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o := storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{})
	d := o.Document(t, c, "Title", "Some words.")
	b := s.as(t, o.Owner)
	for _, id := range []string{"..", "%2e%2e%2f", strings.ToUpper(string(d.ID)), "{" + string(d.ID) + "}", string(d.ID) + "%00",
		strings.Repeat("a", 10_000), "%D9%A1%D9%A2%D9%A3", "1", "' OR 1=1--"} {
		id = strings.ReplaceAll(id, " ", "%20")
		for _, path := range []string{"/knowledge/documents/" + id, "/knowledge/documents/" + id + "/original", "/knowledge/collections/" + id} {
			if a := b.get(path); a.status != 404 && a.status != 400 {
				t.Errorf("%.60s: %d", path, a.status)
			}
		}
	}
	for _, query := range []string{"version=0", "version=-1", "version=99", "version=" + string(c), "version=%27", "passage=9999"} {
		b.get("/knowledge/documents/"+string(d.ID)+"?"+query).must(t, 404)
	}
	for _, query := range []string{"part=-1", "part=1e9", "part=999999", "at=5", "at=9-3", "at=-1-4", "at=3-99999999999999", "passage=-1", "passage=x"} {
		b.get("/knowledge/documents/"+string(d.ID)+"?"+query).must(t, 200, "Some words.")
	}
}

// Statements of SQL in every text are texts.
func TestA46_HostileTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	for _, text := range []string{`' OR 1=1--`, `$$; drop table documents; $$`, `\`, `?`, `?0 ?TableAlias`,
		`';select set_config('app.tenant_id','x',false)--`} {
		shown := strings.NewReplacer("'", "&#39;").Replace(text)
		a := b.post("/knowledge/collections", url.Values{"name": {text}, "description": {text}}).must(t, 303)
		path := a.header.Get("Location")
		b.get(path).must(t, 200, shown)
		page := b.post(path+"/pages", url.Values{"title": {text}, "text": {text}}).must(t, 303).header.Get("Location")
		b.get(page).must(t, 200, shown)
		b.upload(path+"/documents", []file{{text + ".txt", text}}).must(t, 303)
		b.get("/search?q="+url.QueryEscape(text)).must(t, 200)
		b.get(path+"?before="+url.QueryEscape(text)).must(t, 200, shown)
	}
}

// Markup in every text is text.
func TestA73_MarkupIsText(t *testing.T) {
	t.Parallel()
	s := newSite(t, uploads)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>`
	a := b.post("/knowledge/collections", url.Values{"name": {evil}, "description": {evil}, "everyone": {"on"}}).must(t, 303)
	path := a.header.Get("Location")
	c := domain.ID(path[strings.LastIndexByte(path, '/')+1:])
	d := o.Document(t, c, evil, "Zweihander "+evil)
	b.upload(path+"/documents", []file{{evil + ".txt", "words"}}).must(t, 303)
	bad := b.upload(path+"/documents", []file{{evil + ".pdf", "no pdf"}}).must(t, 422)
	doc := "/knowledge/documents/" + string(d.ID)
	all := []answer{bad, b.get("/knowledge"), b.get(path), b.get(path + "/edit"), b.get(path + "/delete"), b.get(doc), b.get(doc + "/row"),
		b.get(doc + "/delete"), b.get("/search?q=zweihander"), b.get("/search?q=" + url.QueryEscape(evil)), b.get(path + "/pages/new")}
	for i, a := range all {
		for _, tag := range []string{"<script>alert", "<img src=x", "<svg onload"} {
			if strings.Contains(a.body, tag) {
				t.Errorf("page %d holds %s", i, tag)
			}
		}
		if !strings.Contains(a.body, "alert(") {
			t.Errorf("page %d shows nothing of the text", i)
		}
	}
}

package main_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// hostile is a row of the catalogue of hostile inputs that a test must bear the number of, or wait with a reason.
type hostile struct {
	what  string // the attack, and the only answer to it
	waits string // for a feature that there isn't yet
}

// hostiles are the rows that matter to what exists. A row that is not here may have tests all the same (A45, A87, A101).
var hostiles = map[int]hostile{
	1:   {what: "guessing one account's password: ten tries in ten minutes, whatever the peer says its address is"},
	2:   {what: "one password on many accounts: throttled by address, with an alert in the log"},
	3:   {what: "guessable and short passwords: refused"},
	4:   {what: "long passphrases of any characters: verified to the last one"},
	5:   {what: "JSON, arrays and repeated keys at the sign-in: refused"},
	6:   {what: "a reset link used again, after 15 minutes, after the address changed or by somebody else: 400, and its use ends every session"},
	7:   {what: "a reset asked for with another host: the mail's link has the configured one"},
	8:   {what: "a code twice, and two hundred guesses: once, and the app locks, not the account"},
	9:   {what: "every route with a half session: on to the factor, no data"},
	10:  {what: "passkeys with another origin, address, key or challenge, or a counter that went back: refused"},
	11:  {what: "an invitation's link used twice, by another address, after it was taken back or sent again: refused; the role is the invitation's"},
	12:  {what: "single sign-on: another provider, another subject, an address alone, unsigned and lying tokens: nothing is linked"},
	13:  {what: "an admin who sets somebody's password: only a link is sent"},
	14:  {what: "a copied cookie after signing out: worth nothing"},
	15:  {what: "a session planted before signing in: ended, and another id after"},
	16:  {what: "somebody disabled or lowered: out at the next request, their streams within 5 s"},
	17:  {what: "a changed password: every other session ends, and a mail says which"},
	18:  {what: "idle for 31 minutes, or 12 hours and a minute: sign in again"},
	19:  {what: "the one cookie: __Host-, Secure, HttpOnly, Lax, this path, no expiry"},
	20:  {what: "broken, cut, 8 KB and a hundred cookies: nobody's, or 431"},
	21:  {what: "the Back button after signing out: nothing is kept"},
	22:  {what: "a dangerous act six minutes after the last proof: asks again, and goes on with what was typed"},
	23:  {what: "every change asked for by another site: 403"},
	24:  {what: "changes with a null or evil Origin: 403"},
	25:  {what: "changes with neither header: 403"},
	26:  {what: "changes through GET, HEAD or an override: refused"},
	27:  {what: "forms as text/plain or JSON: 415"},
	28:  {what: "downloads and logs inside another site's page: refused, and no other origin's resource"},
	29:  {what: "framing: forbidden on every answer"},
	30:  {what: "the content security policy: on every page, errors too; nothing inline"},
	31:  {what: "asking from another origin: no Access-Control header, preflight or not"},
	32:  {what: "openers and messages of other origins: cut off"},
	33:  {what: "each object of one organization asked for by another: as if it had never been"},
	34:  {what: "another organization's ids inside a form: nothing is linked"},
	35:  {what: "fields that nobody asked for: ignored"},
	36:  {what: "a header or address that names another organization: the cookie decides"},
	37:  {what: "a page of one organization left open after changing to another: 409 that names the one that one is in, nothing written"},
	38:  {what: "another thread's Last-Event-ID: a hint, never more"},
	39:  {what: "telling the Copilot to use another organization's document: not found, nothing sent"},
	40:  {what: "ids that are none, on every route: not found"},
	41:  {what: "32 clients of each of two organizations, streams and background work at once: no byte mixed"},
	42:  {what: "what only admins may, asked for by others: not found"},
	43:  {what: "members asking for logs, roles and settings: not there"},
	44:  {what: "a list with another organization's ids and names: unknown, and the line is left out"},
	45:  {what: "limits, orders and offsets in addresses: not taken"},
	46:  {what: "SQL in every field, key and header: text"},
	47:  {what: "the application's role without an organization: no rows"},
	48:  {what: "a panic or rollback, then the next user of the connection: no organization left on it"},
	49:  {what: "other ways to a row: denied"},
	50:  {what: "inviting whom another organization knows: answered like an address that nobody knows"},
	51:  {what: "a reference to another organization's row: a violation"},
	52:  {what: "moving a row to another organization: refused"},
	53:  {what: "locks and notifications: no predictable name, no content"},
	54:  {what: "hostile search queries: capped"},
	55:  {what: "packed bodies: 415 before anything is unpacked"},
	56:  {what: "archive bombs: refused by what they declare and by what is counted"},
	57:  {waits: "pictures: nothing decodes one; files of pictures are refused (A62), PDFs are read for their text"},
	58:  {what: "XML entities: neither expanded nor fetched"},
	59:  {what: "uploaded HTML: saved, never shown"},
	60:  {what: "hostile file names: kept as text, encoded in headers"},
	61:  {what: "too many parts, too large, too short: refused early, nothing left behind"},
	62:  {what: "files that lie about their type: refused"},
	63:  {what: "links and paths out of an archive: refused"},
	67:  {what: "an identity provider's address on this machine, in a private network or a cloud's metadata: not dialed"},
	68:  {what: "a name that turns private: the address is looked at at each dial"},
	69:  {what: "a provider that redirects: not followed"},
	70:  {what: "a provider's address of another scheme or port, or with a name and password: refused"},
	73:  {what: "markup in every text: text"},
	74:  {what: "links to scripts and data: no link"},
	75:  {what: "htmx attributes in an answer: stripped"},
	76:  {what: "line ends and event names in a token: no event of their own"},
	77:  {what: "HTML cut across tokens, unclosed and nested Markdown: every partial render is safe"},
	78:  {what: "ids and names that shadow the page's own: stripped"},
	79:  {what: "escapes, direction marks and hidden characters: removed"},
	80:  {what: "digests hold notices, as text, and no answer; exports as PDF or CSV do not exist yet"},
	81:  {what: "unescaped HTML: in one place"},
	82:  {what: "pictures and reference links that a document asks for: no request leaves the page"},
	83:  {what: "links with data in them: through a page that shows the whole address"},
	84:  {what: "our own address as a redirector: only what we signed"},
	86:  {what: "asking for the prompt, keys and people: none is in a body"},
	90:  {what: "asking for a document that AI may not see: absent from the body"},
	92:  {what: "templates in a prompt: literal"},
	111: {what: "thousands of streams: capped by person and organization, none for nobody, others unaffected"},
	112: {what: "slow peers: closed, others served"},
	113: {what: "a reader that never reads: closed"},
	114: {what: "huge questions, endless threads, many at once: bounded"},
	115: {what: "bombs in Markdown, queries and a provider's JSON: capped"},
	116: {what: "requests that can be read two ways: one answer, connection closed"},
	117: {what: "going on to another site: stays here"},
	118: {what: "line ends and escapes in what is logged: one line a request, nothing typed"},
	119: {what: "known and unknown addresses: the same answer"},
	120: {what: "the audit log changed by a superuser: the first bad row is named"},
	121: {what: "files and tools that are not pages: not found"},
}

// testsOf are the names of the tests of each row, as "path name".
func testsOf(all []citation) map[int][]string {
	out := map[int][]string{}
	for _, c := range all {
		if c.kind == 'A' && c.test {
			out[c.number] = append(out[c.number], c.path+" "+c.name)
		}
	}
	for n := range out {
		slices.Sort(out[n])
		out[n] = slices.Compact(out[n])
	}
	return out
}

// catalogue lists the rows with their tests, and says what is wrong with them.
func catalogue(all []citation, rows map[int]hostile) (lines, wrong []string) {
	tests := testsOf(all)
	for _, n := range slices.Sorted(maps.Keys(tests)) {
		if n < 1 || n > lastHostile {
			wrong = append(wrong, fmt.Sprintf("A%d is not in the catalogue: %s", n, strings.Join(tests[n], ", ")))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		r := rows[n]
		switch {
		case r.waits != "" && len(tests[n]) > 0:
			wrong = append(wrong, fmt.Sprintf("A%d waits for %s, but has tests: %s", n, r.waits, strings.Join(tests[n], ", ")))
		case r.waits != "":
			lines = append(lines, fmt.Sprintf("A%-3d waits for %s", n, r.waits))
		case len(tests[n]) == 0:
			wrong = append(wrong, fmt.Sprintf("A%d (%s): no test bears its number", n, r.what))
		default:
			lines = append(lines, fmt.Sprintf("A%-3d %s\n\t%s", n, r.what, strings.Join(tests[n], "\n\t")))
		}
	}
	return lines, wrong
}

func TestPromises_HostileInputsAreTested(t *testing.T) {
	t.Parallel()
	all, err := citations(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	lines, wrong := catalogue(all, hostiles)
	t.Logf("%d rows:\n%s", len(hostiles), strings.Join(lines, "\n"))
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestPromises_HostileInputsCanBeUntested(t *testing.T) {
	t.Parallel()
	all, err := citations(fstest.MapFS{
		"store/a_test.go": {Data: []byte("package store_test\n\n// A3 is in a comment only.\nfunc TestP1_A1_A2_Some() { run(\"A5 a subtest\"); run(\"A122 none\") }\n")},
		"store/a.go":      {Data: []byte("package store\n\n// Some keeps A3.\nfunc TestA3_NoTestFile() {}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, wrong := catalogue(all, map[int]hostile{1: {what: "one"}, 2: {waits: "two"}, 3: {what: "three"}, 4: {waits: "four"}, 5: {what: "five"}})
	want := []string{"A1   one\n\tstore/a_test.go TestP1_A1_A2_Some", "A4   waits for four", "A5   five\n\tstore/a_test.go A5 a subtest"}
	if !slices.Equal(lines, want) {
		t.Errorf("lists %q", lines)
	}
	want = []string{"A122 is not in the catalogue: store/a_test.go A122 none", "A2 waits for two, but has tests: store/a_test.go TestP1_A1_A2_Some",
		"A3 (three): no test bears its number"}
	if !slices.Equal(wrong, want) {
		t.Errorf("says %q", wrong)
	}
}

package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"aimyorg/store/search"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text     string
		language search.Language
		want     string
	}{
		{"The houses of the holidays", search.English, "hous holiday"},
		{"ISO-27001", search.English, "iso 27001 iso27001"},
		{"ISO27001", search.English, "iso27001"},
		{"GPT-4.1", search.English, "gpt gpt4.1"},
		{"v2.3 and C++, C# or c", search.English, "v2 v2.3 c++ c# c"},
		{"Mail jane.doe@Example.com.", search.English, "mail jane doe exampl com jane.doe@example.com"},
		{"e-mails", search.English, "mail email"},
		{"U.S. R&D", search.English, "us r&d"},
		{"it's l’eau", search.English, "eau"},
		{"résumé", search.English, "résumé resum"},
		{"Ｆｕｌｌ ﬁnance", search.English, "full financ"},
		{"co\u00adoperate", search.English, "cooper"},
		{"東京都", search.English, "東京 京都"},
		{"税", search.English, "税"},
		{"Häuser", search.German, "haus"},
		{"die Verträge über Straßen", search.German, "vertrag strass"},
		{"les factures françaises", search.French, "factur français francais"},
		{"договор 2024", search.English, "договор 2024"},
		{"snake_case-name", search.English, "snake case name snakecasenam"},
		{"\x00\xff % .* [a-", search.English, ""},
		{"", search.English, ""},
	}
	for _, c := range cases {
		var got []string
		for _, term := range search.Terms(c.text, c.language) {
			got = append(got, string(term))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("Terms(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	cases := map[string]search.Language{
		"": search.English,
		strings.Repeat("e a 3f o de 5 e commit 77 a o b9 ", 50): search.English,
		"Invoice 4711": search.English,
		"Das ist der Vertrag, den wir mit der Firma geschlossen haben, und er ist nicht kündbar.":                   search.German,
		"The employees of the company are to be paid for their work on the last day of the month.":                  search.English,
		"Les employés de la société ont droit à des congés payés dans le cadre de leur contrat.":                    search.French,
		"Los empleados de la empresa tienen derecho a las vacaciones que se indican en el contrato.":                search.Spanish,
		"I dipendenti della società hanno diritto alle ferie che sono indicate nel contratto di lavoro per l'anno.": search.Italian,
		"De werknemers van het bedrijf hebben recht op vakantie, zoals in de overeenkomst is bepaald.":              search.Dutch,
		"Os empregados da empresa têm direito a férias como está no contrato, e também não são obrigados.":          search.Portuguese,
	}
	for text, want := range cases {
		if got := search.Detect(text); got != want {
			t.Errorf("Detect(%q) = %d, want %d", text, got, want)
		}
	}
}

// A question in one's own spelling must meet the document.
func TestQueryMeetsDocument(t *testing.T) {
	t.Parallel()
	cases := []struct {
		language      search.Language
		document, ask string
	}{
		{search.English, "Employees may carry over five days of unused vacation.", "How is an employee carrying vacations over?"},
		{search.German, "Die Kündigungsfristen für Verträge", "Kündigungsfrist Vertrag"},
		{search.German, "Die Kündigungsfristen für Verträge", "kundigungsfristen"},
		{search.French, "les congés payés des employées", "conge employé"},
		{search.Spanish, "las vacaciones anuales", "vacación anual"},
		{search.English, "Model GPT-4.1 is allowed", "gpt4.1"},
		{search.English, "Contact jane.doe@example.com", "JANE.DOE@EXAMPLE.COM"},
		{search.English, "東京都庁の所在地", "東京都"},
	}
	for _, c := range cases {
		terms := search.Terms(c.document, c.language)
		q := search.ParseQuery(c.ask, c.language.Only())
		if !slices.ContainsFunc(q.Terms, func(t search.Term) bool { return slices.Contains(terms, t) }) {
			t.Errorf("%q has %q, %q asks %q", c.document, terms, c.ask, q.Terms)
		}
	}
}

func TestAnalyserForgetsNothing(t *testing.T) {
	t.Parallel()
	a := search.NewAnalyser(search.English.Only())
	first := a.Terms("houses résumé ISO-27001 東京都")
	if again := a.Terms("houses résumé ISO-27001 東京都"); !slices.Equal(first, again) {
		t.Errorf("%q, then %q", first, again)
	}
}

func FuzzTerms(f *testing.F) {
	for _, s := range []string{"", "Words and ISO-27001", "résumé İstanbul ß", "東京都ﾞ", "\xff\x00", strings.Repeat("a-", 99), "'s l'", "กำ", "\u0301\u0301"} {
		f.Add(s, uint8(1))
	}
	f.Fuzz(func(t *testing.T, s string, l uint8) {
		search.Detect(s)
		a := search.NewAnalyser(search.Language(l).Only())
		terms := a.Terms(s)
		if again := a.Terms(s); !slices.Equal(again, terms) {
			t.Fatalf("%q gives %q, then %q", s, terms, again)
		}
		for _, term := range terms {
			if term == "" || !utf8.ValidString(string(term)) || len(term) > 4*2*search.MaxWord {
				t.Fatalf("%q gives the term %q", s, term)
			}
		}
	})
}

package seed

import (
	"embed"
	"strings"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

// texts are what the story's documents say.
//
//go:embed texts
var texts embed.FS

// file is a document to upload.
type file struct {
	title, name, mediaType string
	body                   []byte
}

func named(title, name string, body []byte) file {
	f := file{title: title, name: name, body: body, mediaType: "application/octet-stream"}
	for _, t := range extract.Types() {
		if strings.HasSuffix(name, t.Extension) {
			f.mediaType = t.MediaType
		}
	}
	return f
}

// text is one of texts; a name that is not there is a mistake in this file.
func text(name string) string {
	b, err := texts.ReadFile("texts/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func parts(name, separator string) []string {
	return strings.Split(strings.TrimSpace(text(name)), separator)
}

func handbook() []file {
	return []file{
		named("Travel policy", "travel-policy.pdf", x.PDF("Travel policy", parts("travel-policy.txt", "\f\n"))),
		named("Expenses, step by step", "expenses.docx", x.DOCX("Expenses, step by step", parts("expenses.txt", "\n\n"))),
		named("Your first week", "first-week.md", []byte(text("first-week.md"))),
		named("Security notice on phishing", "phishing.html", x.HTML("Security notice on phishing", parts("phishing.txt", "\n\n"))),
	}
}

func finance() []file {
	budget := []x.Sheet{
		{Name: "Summary", Rows: [][]any{
			{"Department", "Budget 2026", "Budget 2027", "Change"},
			{"Development", 1240000, 1410000, "13.7 %"}, {"Sales", 860000, 905000, "5.2 %"},
			{"Service", 430000, 420000, "-2.3 %"}, {"People", 210000, 236000, "12.4 %"},
		}},
		{Name: "Investments", Rows: [][]any{
			{"What", "Amount", "Quarter", "Approved by"},
			{"Laser cutter, second line", 185000, "Q2", "Board"}, {"Warehouse roof", 94000, "Q3", "Board"},
			{"Test bench", 38500, "Q1", "Managing director"},
		}},
	}
	suppliers := [][]string{
		{"Supplier", "What", "Contract ends", "Notice period", "Contact"},
		{"Alder Logistics", "Freight to Scandinavia", "2027-03-31", "90 days", "dispatch@alder.example"},
		{"Brightline Metals", "Sheet steel", "2027-05-15", "60 days", "orders@brightline.example"},
		{"Corvus Packaging", "Cartons and foam", "2028-01-31", "30 days", "hello@corvus.example"},
		{"Dunmore Energy", "Electricity, both sites", "2026-12-31", "120 days", "key-accounts@dunmore.example"},
	}
	mail := x.Mail{From: "Jonas Weber <jonas@northwind.example>", To: "Mara Klein <mara@northwind.example>",
		Date: "Thu, 19 Nov 2026 16:20:00 +0100", Subject: "Re: Brightline price increase", Text: text("brightline.txt")}
	return []file{
		named("Budget 2027", "budget-2027.xlsx", x.XLSX(budget)),
		named("Suppliers", "suppliers.csv", x.CSV(suppliers)),
		named("Re: Brightline price increase", "brightline.eml", x.EML(mail)),
	}
}

func product() []file {
	slides := []x.Slide{
		{Title: "Where we stand", Lines: []string{"Orders are up 11 % against last autumn",
			"The N3 drill passed its endurance test: 1,200 hours", "Service answers within four hours on average"}},
		{Title: "What comes", Lines: []string{"N3 ships to the first twelve customers on 3 March 2027",
			"The battery of the N3 is made by Halden Cells, with a guarantee of five years",
			"The old N2 is sold until stock ends, spare parts until 2034"}},
		{Title: "What we decided not to do", Lines: []string{"No subscription for drills", "No second brand"}},
	}
	return []file{
		named("Autumn all-hands", "all-hands.pptx", x.PPTX("Autumn all-hands", slides)),
		named("Release notes, firmware 4.2", "firmware-4.2.txt", []byte(text("firmware-4.2.txt"))),
	}
}

func leaving() []file { return []file{named("Handover", "handover.md", []byte(text("handover.md")))} }

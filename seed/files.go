package seed

import (
	"strings"

	"aimyorg/jobs/extract"
	x "aimyorg/jobs/extract/extracttest"
)

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

func handbook() []file {
	return []file{
		named("Travel policy", "travel-policy.pdf", x.PDF("Travel policy", []string{
			"Travel policy\n\nThis policy applies to everybody who travels for Northwind Tools, from the first day.\n\nTrains\n\nTake the train for journeys of up to five hours. First class is paid for when the journey takes longer than three hours, or when the ticket costs less than second class. Book at least ten days ahead.\n\nFlights\n\nFlights are booked in economy. Premium economy is allowed when the flight takes longer than eight hours and your manager has agreed in writing.",
			"Hotels\n\nA hotel may cost up to 140 euros a night, 190 euros in Paris, London, Zurich and Copenhagen. Breakfast may be included. If nothing can be found within the limit, ask the travel desk before booking.\n\nMeals\n\nThe daily allowance is 32 euros for a whole day and 16 euros for the day of departure and the day of return. Keep no receipts for meals within the allowance.\n\nClaims\n\nHand in your claim within 30 days of the journey. Claims are paid with the next salary.",
		})),
		named("Expenses, step by step", "expenses.docx", x.DOCX("Expenses, step by step", []string{
			"Every expense needs a receipt that shows the date, the amount, the tax and the seller.",
			"Expenses up to 250 euros are approved by your manager. Expenses from 250 to 2,500 euros are approved by your manager and by Finance. Anything above 2,500 euros also needs the managing director's approval before it is spent.",
			"Software subscriptions are never expensed. Ask Procurement, who keep the list of licences and cancel what nobody uses.",
			"A lost receipt can be replaced by a signed note once per quarter.",
			"Company cards are settled on the last working day of the month. A card with unsettled items older than 45 days is blocked.",
		})),
		named("Your first week", "first-week.md", []byte("# Your first week\n\nWelcome. This page says what happens when.\n\n## Monday\n\n- 9:00 at reception, ask for Ines from People\n- Laptop, badge and keys from the service desk in room 1.12\n- Lunch with your team\n\n## Tuesday to Thursday\n\nYou work beside your buddy. Ask everything. The security training takes forty minutes and has to be done by Thursday.\n\n## Friday\n\nA half-hour talk with your manager about the first thirty days. Write down three things that puzzled you: we use them to mend this page.\n\n## Holidays\n\nEverybody has 30 days of holiday a year. Up to five days may be carried over until 31 March. Ask at least two weeks ahead for more than three days in a row.\n")),
		named("Security notice on phishing", "phishing.html", x.HTML("Security notice on phishing", []string{
			"In October, eleven people received a mail that seemed to come from our bank. It asked them to confirm a payment of 18,400 euros.",
			"Nobody paid. Two people opened the attachment; their laptops were reinstalled the same day.",
			"Report suspicious mails with the button in your mail program, or to security at extension 4444. You are never blamed for reporting something harmless.",
			"We never ask for a password or a code by mail, telephone or chat.",
		})),
	}
}

func finance() []file {
	return []file{
		named("Budget 2027", "budget-2027.xlsx", x.XLSX([]x.Sheet{
			{Name: "Summary", Rows: [][]any{{"Department", "Budget 2026", "Budget 2027", "Change"}, {"Development", 1240000, 1410000, "13.7 %"},
				{"Sales", 860000, 905000, "5.2 %"}, {"Service", 430000, 420000, "-2.3 %"}, {"People", 210000, 236000, "12.4 %"}}},
			{Name: "Investments", Rows: [][]any{{"What", "Amount", "Quarter", "Approved by"}, {"Laser cutter, second line", 185000, "Q2", "Board"},
				{"Warehouse roof", 94000, "Q3", "Board"}, {"Test bench", 38500, "Q1", "Managing director"}}},
		})),
		named("Suppliers", "suppliers.csv", x.CSV([][]string{{"Supplier", "What", "Contract ends", "Notice period", "Contact"},
			{"Alder Logistics", "Freight to Scandinavia", "2027-03-31", "90 days", "dispatch@alder.example"},
			{"Brightline Metals", "Sheet steel", "2027-05-15", "60 days", "orders@brightline.example"},
			{"Corvus Packaging", "Cartons and foam", "2028-01-31", "30 days", "hello@corvus.example"},
			{"Dunmore Energy", "Electricity, both sites", "2026-12-31", "120 days", "key-accounts@dunmore.example"}})),
		named("Re: Brightline price increase", "brightline.eml", x.EML(x.Mail{From: "Jonas Weber <jonas@northwind.example>", To: "Mara Klein <mara@northwind.example>",
			Subject: "Re: Brightline price increase", Text: "Hello Mara,\n\nBrightline want 6.8 % more for sheet steel from 1 February. Their contract allows at most 4 % a year without our agreement (clause 7.2).\n\nI suggest that we answer by 5 December, offer 3.5 %, and ask Corvus's sister company for a quote in parallel.\n\nJonas"})),
	}
}

func product() []file {
	return []file{
		named("Autumn all-hands", "all-hands.pptx", x.PPTX("Autumn all-hands", []x.Slide{
			{Title: "Where we stand", Lines: []string{"Orders are up 11 % against last autumn", "The N3 drill passed its endurance test: 1,200 hours", "Service answers within four hours on average"}},
			{Title: "What comes", Lines: []string{"N3 ships to the first twelve customers on 3 March 2027", "The battery of the N3 is made by Halden Cells, with a guarantee of five years", "The old N2 is sold until stock ends, spare parts until 2034"}},
			{Title: "What we decided not to do", Lines: []string{"No subscription for drills", "No second brand"}},
		})),
		named("Release notes, firmware 4.2", "firmware-4.2.txt", []byte("Firmware 4.2 for the N3 drill, 12 November 2026\n\nNew\n- Torque limit in steps of 0.5 Nm\n- The display shows the temperature of the gearbox\n\nMended\n- The drill no longer wakes up in its case (ISO-9001 report 2026-118)\n- Charging stops at 40 degrees Celsius instead of 45\n\nKnown\n- Pairing two drills with one phone takes up to a minute\n")),
	}
}

func leaving() []file {
	return []file{named("Handover", "handover.md", []byte("# Handover\n\nThe lease of the office ends on 31 January. Keys go back to the caretaker.\n\nThe accounts are kept by Pike & Daughters until the end of 2036.\n"))}
}

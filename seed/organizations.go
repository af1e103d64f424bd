package seed

import "aimyorg/domain"

func organizations() []organization {
	return []organization{
		{
			name: "Northwind Tools",
			people: []person{
				{"Mara Klein", "mara@northwind.example", "Management", domain.Owner},
				{"Tomasz Nowak", "tomasz@northwind.example", "IT", domain.Admin},
				{"Ines Carvalho", "ines@northwind.example", "People", domain.Manager},
				{"Jonas Weber", "jonas@northwind.example", "Purchasing", domain.Staff},
				{"Aiko Tanaka", "aiko@northwind.example", "Audit", domain.Auditor},
			},
			shelves: []shelf{
				{domain.CollectionForm{Name: "Handbook", Description: "How we work. For everybody.", AIAllowed: true, Everyone: true}, handbook()},
				{domain.CollectionForm{Name: "Finance", Description: "Budgets, suppliers, contracts.", Roles: []string{"manager"}}, finance()},
				{domain.CollectionForm{Name: "Product", Description: "What we make and what comes next.", AIAllowed: true, Everyone: true}, product()},
			},
			questions: []string{"How much may a hotel cost in Copenhagen?", "Who approves expenses from 250 to 2,500 euros?",
				"How many days of holiday can be carried over?", "When does the N3 ship, and who makes its battery?"},
		},
		{
			name:   "Fresh Start Bakery",
			people: []person{{"Noor Haddad", "noor@freshstart.example", "", domain.Owner}},
		},
		{
			name:    "Pike Brothers",
			people:  []person{{"Edgar Pike", "edgar@pike.example", "", domain.Owner}, {"Ruth Pike", "ruth@pike.example", "", domain.Staff}},
			shelves: []shelf{{domain.CollectionForm{Name: "Winding up", AIAllowed: false, Everyone: true}, leaving()}},
			leaving: true,
		},
	}
}

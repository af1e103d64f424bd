package handlers

import (
	"aimyorg/domain"
	"aimyorg/views/design"
)

// developmentRoutes is served in development only.
func (s *Site) developmentRoutes() []route {
	return []route{
		{"GET", "/design", domain.Public, (*request).showDesign, nil, ""},
		{"GET", "/mail", domain.Public, (*request).listMails, nil, ""},
		{"GET", "/mail/:id", domain.Public, (*request).showMail, nil, ""},
		{"GET", "/mail/:id/page", domain.Public, (*request).showMailPage, nil, "part"},
	}
}

// showDesign shows every part in every state, with canned data.
func (q *request) showDesign() error { return q.render(200, design.Whole(design.Page{Now: q.now})) }

package handlers

func (s *Site) adminRoutes() []route { return nil }

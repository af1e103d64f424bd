package handlers

func (s *Site) publicRoutes() []route { return nil }

package handlers

func (s *Site) accountRoutes() []route { return nil }

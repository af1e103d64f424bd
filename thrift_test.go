package main

import "testing"

// Little is collected when it has doubled, much when it has grown by a third, and what lies between by the same amount.
func TestLitter(t *testing.T) {
	t.Parallel()
	for alive, want := range map[uint64]int{0: 100, 10 << 20: 100, 30 << 20: 100, 45 << 20: 65, 72 << 20: 40, 103 << 20: 25, 4 << 30: 25} {
		if got := litterFor(alive); got != want {
			t.Errorf("%d MB alive: %d %%, want %d", alive>>20, got, want)
		}
	}
	if alive() < 1<<10 {
		t.Error("nothing is alive")
	}
}

// Package seed fills a database: with a story of three organizations for people who look at the product, and with
// organizations of identical shape, a planted word in every field, for tests from outside. Development only; main calls it.
package seed

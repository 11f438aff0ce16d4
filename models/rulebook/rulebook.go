// Package rulebook keeps the published versions of the rulebook, so that every
// outcome can name the one that it was reached by and be replayed with it. The
// package knows a book as text; what it means is package review's.
package rulebook

import (
	"fmt"

	"yongxing/models/store"
)

// Row is a row of table rulebook.
type Row struct {
	Version     string `gorm:"primaryKey"`
	Body        string // YAML
	PublishedAt store.Millis
}

// TableName is rulebook.
func (Row) TableName() string { return "rulebook" }

// Publish puts a version into force from now on.
func Publish(tx store.Tx, version, body string) error {
	row := Row{Version: version, Body: body, PublishedAt: tx.Millis()}
	if err := tx.DB().Create(&row).Error; err != nil {
		return fmt.Errorf("rulebook: publish: %w", err)
	}
	return nil
}

// Newest is the version in force, without its body; not ok if none was ever
// published.
func Newest(tx store.Tx) (Row, bool, error) {
	row, ok, err := store.First[Row](tx, "SELECT version, published_at FROM rulebook ORDER BY published_at DESC, version DESC LIMIT 1")
	if err != nil {
		return Row{}, false, fmt.Errorf("rulebook: newest: %w", err)
	}
	return row, ok, nil
}

// ByVersion returns one version; fault.NotFound if it was never published.
func ByVersion(tx store.Tx, version string) (Row, error) {
	var row Row
	if err := tx.DB().Where("version = ?", version).Take(&row).Error; err != nil {
		return Row{}, fmt.Errorf("rulebook: by version: %w", store.Found(err))
	}
	return row, nil
}

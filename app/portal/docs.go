package portal

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/portalapi"
)

//go:embed docs.html
var docsHTML string

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// serveDocs serves the OpenAPI document, and a page that shows it.
func serveDocs(mux *http.ServeMux, api *huma.OpenAPI) {
	mux.HandleFunc("GET "+portalapi.Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		document := *api
		document.Servers = []*huma.Server{{URL: placeOf(r.Context()).Base + portalapi.Prefix}}
		_ = encoder.Encode(&document)
	})
	mux.HandleFunc("GET "+portalapi.Prefix+"/docs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = docsTemplate.Execute(w, docsOf(api))
	})
}

type docs struct {
	Title, Description string
	Operations         []*huma.Operation
	Schemas            []namedSchema
}

type namedSchema struct {
	Name string
	Rows []schemaRow
}

type schemaRow struct {
	Name, Type, Doc string
	Required        bool
}

func docsOf(api *huma.OpenAPI) docs {
	d := docs{Title: api.Info.Title, Description: api.Info.Description}
	for _, item := range api.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				d.Operations = append(d.Operations, op)
			}
		}
	}
	slices.SortFunc(d.Operations, func(a, b *huma.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	for name, schema := range api.Components.Schemas.Map() {
		named := namedSchema{Name: name}
		for property, s := range schema.Properties {
			named.Rows = append(named.Rows, schemaRow{property, schemaType(s), s.Description, slices.Contains(schema.Required, property)})
		}
		slices.SortFunc(named.Rows, func(a, b schemaRow) int { return cmp.Compare(a.Name, b.Name) })
		d.Schemas = append(d.Schemas, named)
	}
	slices.SortFunc(d.Schemas, func(a, b namedSchema) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

func schemaType(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return s.Ref[len("#/components/schemas/"):]
	case s.Type == "array":
		return schemaType(s.Items) + "[]"
	}
	return s.Type
}

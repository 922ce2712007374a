// Swagger UI on our own description. Relative, so that it works behind a proxy that adds a path.
"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: true,
  // It would send the description to somebody else.
  validatorUrl: null,
});

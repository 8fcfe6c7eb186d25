// Holds an API description against the OpenAPI schema, and resolves every reference in it.
import SwaggerParser from "@apidevtools/swagger-parser";

const [file] = process.argv.slice(2);
const api = await SwaggerParser.validate(file);
console.log(`${file}: ${Object.keys(api.paths).length} paths, valid.`);

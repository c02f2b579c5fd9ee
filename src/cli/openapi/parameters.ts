/** The parameters of the document. */
import type { Parameter } from "../../api/parameters.ts";
import type { Route } from "../../api/route.ts";
import { ref, type Schema, TEXT } from "../../api/schema.ts";
import type { DocumentedParameter } from "./types.ts";

/** The id in the path. */
export function pathId(isUser: boolean): DocumentedParameter {
  const me = isUser ? " `me`: the user of the token." : "";
  const description = `The ${isUser ? "user" : "room"}'s id, percent-decoded once.${me}`;
  return {
    name: "id",
    in: "path",
    required: true,
    description,
    schema: ref("Id"),
    example: isUser ? "alice" : "lobby",
  };
}

/** What may stand in the query and in headers. */
export function queryAndHeaders({ parameters = [], example = {} }: Route): DocumentedParameter[] {
  return parameters.map((parameter) => {
    const { name, about } = parameter;
    const given = example[name];
    return {
      name,
      in: "isHeader" in parameter ? "header" : "query",
      ...("isRequired" in parameter ? { required: true } : {}),
      description: about,
      ...(parameter.type === "json" ? JSON_TEXT : { schema: schemaOf(parameter) }),
      ...(given === undefined ? {} : { example: parameter.type === "wholeNumber" ? Number(given) : given }),
    } as DocumentedParameter;
  });
}

const JSON_TEXT = { content: { "application/json": { schema: ref("Data") } } };

function schemaOf(parameter: Parameter): Schema {
  switch (parameter.type) {
    case "wholeNumber": {
      const { least, most, default: absent } = parameter;
      const range = { type: "integer", minimum: least, maximum: most };
      return absent === undefined ? range : { ...range, default: absent };
    }
    case "choice": {
      const { choices, default: absent } = parameter;
      const set = { type: "string", enum: choices };
      return absent === undefined ? set : { ...set, default: absent };
    }
    case "list":
      return { type: "array", items: TEXT, maxItems: parameter.most };
    case "cursor":
      return ref("Cursor");
    case "id":
      return ref("Id");
    case "messageId":
      return ref("MessageId");
    default:
      return TEXT;
  }
}

// A module of its own, imported when the first call is made: loading it takes longer than starting a host does.
export { Anthropic } from "@anthropic-ai/sdk";

import type { Message } from "../protocol/conversation.ts";
import { ConversationFitter } from "./conversation-fitter.ts";

/**
 * The conversation of a task as a model that reads `maxTokens` is to see it; the same messages give the same answer.
 *
 * While it fits in about 80 % nothing is changed. Then old tool results give way to one line each, oldest first, until
 * half is free; if that is not enough, the oldest turns give way to one message of the user's in which the program says
 * what was done in them. Between two such steps the beginning stays as it is, byte for byte. The first message and
 * every later word of a person stay; a call and its results stay or go together. Only where the last turn alone is too
 * large are its results cut too.
 *
 * The answer is at most `maxTokens`, as `conversationTokens` estimates, or as little as these promises allow.
 */
export function fitConversation(messages: readonly Message[], maxTokens: number): readonly Message[] {
  return new ConversationFitter().fit(messages, maxTokens);
}

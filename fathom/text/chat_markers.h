// The markers of fathom's own chat format, and the template by which transformers renders it.
#pragma once

namespace fathom::text {

inline constexpr const char* user_marker = "<|User|>";
inline constexpr const char* assistant_marker = "<|Assistant|>";

// Jinja, for tokenizer_config.json: the same ids as PromptFormat::chat where the messages spell no special token.
inline constexpr const char* chat_template =
    "{% if bos_token %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}"
    "{% elif message['role'] == 'user' %}{{ '<|User|>' + message['content'] }}"
    "{% elif message['role'] == 'assistant' %}{{ '<|Assistant|>' + message['content'] + eos_token }}"
    "{% else %}{{ raise_exception('unknown role: ' + message['role']) }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|Assistant|>' }}{% endif %}";

}  // namespace fathom::text

// Questions and queries as commands take them: from options, or from standard input, one a line.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fathom::cli {

// Throws UsageError naming the first value of --query that is blank or not UTF-8.
void require_queries(const std::vector<std::string>& queries);

// Every line of standard input gets its reply, so that replies can be counted off against questions: `answer` for a query, `refuse` with
// the place and the reason for a blank line and one that is not UTF-8. Returns the exit code: 1 when a line was not UTF-8.
int for_each_query_line(const std::function<void(const std::string& query)>& answer,
                        const std::function<void(const std::string& reason)>& refuse);

}  // namespace fathom::cli

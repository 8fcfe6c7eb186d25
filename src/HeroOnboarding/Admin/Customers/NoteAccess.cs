using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Customers;

/// <summary>
/// Writes an access row to the audit before customers' data is answered to an operator or a program. If the row cannot
/// be written, the answer is 503 without data.
/// </summary>
internal static class NoteAccess
{
    /// <summary>Records that one customer's data was read.</summary>
    /// <param name="detail">Which page was read, if it is not the customer's own page.</param>
    public static Task OfCustomerAsync(HttpContext http, string accountSid, object? detail = null) =>
        WriterOf(http)
            .RunAsync(
                "user.view",
                http.Actor(),
                unit =>
                {
                    unit.Note(accountSid, detail);
                    return Task.CompletedTask;
                },
                http.RequestAborted
            );

    /// <summary>
    /// Records that rows of a list of customers' data were read. The search is stored, the rows are not.
    /// </summary>
    /// <param name="path">Path of the list's page, the same for page and JSON.</param>
    /// <param name="rows">The number of rows in the answer.</param>
    public static Task OfListAsync(HttpContext http, string path, ListQuery asked, int rows) =>
        WriterOf(http)
            .RunAsync(
                "list.view",
                http.Actor(),
                unit =>
                {
                    // The cursor is not recorded: it may contain the value by which the list is sorted.
                    unit.Note(
                        path,
                        new
                        {
                            asked.Q,
                            asked.Filters,
                            asked.Sort,
                            later_page = asked.After is not null,
                            rows,
                        }
                    );
                    return Task.CompletedTask;
                },
                http.RequestAborted
            );

    private static UnitOfWorkRunner WriterOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<UnitOfWorkRunner>();
}

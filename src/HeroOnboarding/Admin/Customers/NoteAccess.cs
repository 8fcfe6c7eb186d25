using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Customers;

/// <summary>
/// Writes an access row to the audit before customers' data are answered to an operator or a program. When the row
/// cannot be written, nothing is answered (503).
/// </summary>
internal static class NoteAccess
{
    /// <summary>One customer's data were read.</summary>
    /// <param name="detail">Which page of theirs, where it is not the customer's own page.</param>
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

    /// <summary>Rows of a list of customers' data were read. The search is kept, the rows themselves are not.</summary>
    /// <param name="path">Path of the list's page, the same for page and JSON.</param>
    /// <param name="rows">How many rows are answered.</param>
    public static Task OfListAsync(HttpContext http, string path, ListQuery asked, int rows) =>
        WriterOf(http)
            .RunAsync(
                "list.view",
                http.Actor(),
                unit =>
                {
                    // The cursor stays out: it may hold the value by which the list is sorted.
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

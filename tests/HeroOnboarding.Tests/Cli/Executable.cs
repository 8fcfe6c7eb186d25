using System.Diagnostics;
using System.Globalization;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>Exit code and output of a command.</summary>
public sealed record Ended(int Code, string Output, string Errors)
{
    /// <summary>Asserts the exit code, and that the output has no stack trace.</summary>
    public Ended Expect(int code)
    {
        Assert.True(Code == code, $"Expected exit code {code}, got {Code}.\n{Output}\n{Errors}");
        Assert.DoesNotContain("   at ", Output + Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Output + Errors, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>Runs the executable as a process with no settings but the given ones.</summary>
internal static class Executable
{
    public static async Task<Ended> RunAsync(
        string command,
        IReadOnlyDictionary<string, string>? settings = null,
        string input = ""
    )
    {
        using var process = Start(command, settings);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Hanging.Limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException($"'{command}' did not end: {await output}{await errors}");
        }
        return new(process.ExitCode, await output, await errors);
    }

    public static Process Start(string command, IReadOnlyDictionary<string, string>? settings)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "hero-onboarding.dll"),
                .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (
            var name in start
                .Environment.Keys.Where(n =>
                    n is not ("PATH" or "HOME" or "TMPDIR") && !n.StartsWith("DOTNET_", StringComparison.Ordinal)
                )
                .ToList()
        )
            start.Environment.Remove(name);
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Sends a signal by name, as a terminal or a service manager does.</summary>
    public static void Signal(Process process, string name)
    {
        using var kill = Process.Start(
            "/bin/sh",
            ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {process.Id}")]
        );
        kill.WaitForExit();
    }
}

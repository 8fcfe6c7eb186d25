using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HeroOnboarding.Store;

/// <summary>Stores instants as Unix microseconds.</summary>
internal sealed class InstantConverter()
    : ValueConverter<DateTimeOffset, long>(t => Instants.ToMicros(t), m => Instants.FromMicros(m));

/// <summary>Stores enum values as the text of <see cref="Names.Of"/>.</summary>
internal sealed class EnumTextConverter<T>() : ValueConverter<T, string>(v => Names.Of(v), t => Names.Parse<T>(t))
    where T : struct, Enum;

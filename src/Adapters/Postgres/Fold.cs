using System.Linq.Expressions;
using System.Reflection;

namespace Muse.Adapters.Postgres;

/// <summary>
/// Folds events to a state by its own methods: <c>static T Create(TEvent)</c> for the first event and <c>T Apply(TEvent)</c> for every other;
/// the parameter may be <c>IEvent&lt;TEvent&gt;</c> where version or time matter. An event without an Apply says nothing about this state.
/// The methods are looked up once per state type and compiled; a fold itself reflects nothing.
/// </summary>
public static class Fold<T> where T : class
{
    private static readonly Dictionary<Type, Func<IEvent, T>> Creators = [];
    private static readonly Dictionary<Type, Func<T, IEvent, T>> Appliers = [];

    static Fold()
    {
        foreach (var method in typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
        {
            var parameters = method.GetParameters();
            if (parameters.Length != 1 || method.ReturnType != typeof(T) || method.IsGenericMethod) continue;
            if (method is { Name: "Create", IsStatic: true })
            {
                var e = Expression.Parameter(typeof(IEvent));
                Creators.Add(EventOf(parameters[0]), Expression.Lambda<Func<IEvent, T>>(Expression.Call(method, Argument(parameters[0], e)), e).Compile());
            }
            else if (method is { Name: "Apply", IsStatic: false })
            {
                var state = Expression.Parameter(typeof(T));
                var e = Expression.Parameter(typeof(IEvent));
                Appliers.Add(EventOf(parameters[0]),
                    Expression.Lambda<Func<T, IEvent, T>>(Expression.Call(state, method, Argument(parameters[0], e)), state, e).Compile());
            }
        }
        if (Creators.Count == 0) throw new InvalidOperationException($"{typeof(T)} has no public static {typeof(T).Name} Create(TEvent).");
    }

    /// <summary>False for a stream that is of another kind: nothing of it is a T.</summary>
    public static bool StartsWith(IEvent first) => Creators.ContainsKey(first.Data.GetType());

    /// <summary>Null for no events.</summary>
    public static T? Of(IEnumerable<IEvent> events)
    {
        T? state = null;
        foreach (var e in events) state = Next(state, e);
        return state;
    }

    public static T Next(T? state, IEvent e)
    {
        var type = e.Data.GetType();
        if (state is null)
        {
            return Creators.TryGetValue(type, out var create)
                ? create(e)
                : throw new InvalidOperationException($"{typeof(T).Name} has no Create({type.Name}), the first event of stream {e.StreamId}.");
        }
        return Appliers.TryGetValue(type, out var apply) ? apply(state, e) : state;
    }

    private static bool IsEnveloped(ParameterInfo parameter) =>
        parameter.ParameterType.IsGenericType && parameter.ParameterType.GetGenericTypeDefinition() == typeof(IEvent<>);

    private static Type EventOf(ParameterInfo parameter) =>
        IsEnveloped(parameter) ? parameter.ParameterType.GetGenericArguments()[0] : parameter.ParameterType;

    private static Expression Argument(ParameterInfo parameter, Expression e) => IsEnveloped(parameter)
        ? Expression.Convert(e, parameter.ParameterType)
        : Expression.Convert(Expression.Property(e, nameof(IEvent.Data)), parameter.ParameterType);
}
